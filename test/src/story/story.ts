import { loadBundles } from './bundle.js';
import type { Cast } from './cast.js';
import { bills, issueInvoices, settleClaims } from './claims.js';
import { type Figures, emptyFigures } from './figures.js';
import { generateBundles } from './generator.js';
import { registerPatients, registerPractitioners, registrations } from './people.js';
import { type Plan, planFrom } from './plan.js';
import { stepRunner } from './progress.js';
import { anchorRecords } from './records.js';
import { sharedCharts, shareRecords } from './sharing.js';

export interface StoryOptions {
  /** Folder of FHIR R4 bundles; undefined: generated ones. */
  data?: string;
  /** At most so many patients. */
  patients?: number;
  /** Where progress goes; undefined: nowhere. */
  progress?: NodeJS.WriteStream;
}

const GENERATED = 10;

/** The main job of the consortium, end to end, through REST alone. @throws Refusal for what should have worked. */
export async function runStory(cast: Cast, options: StoryOptions): Promise<Figures> {
  const started = performance.now();
  const figures = emptyFigures();
  const plan = await makePlan(cast, options, figures);
  const step = stepRunner(options.progress);
  const record = async (...run: Parameters<typeof step>) => {
    figures.steps.push(await step(...run));
  };

  await record('approve practitioners', plan.practitioners.size, (tally) =>
    registerPractitioners(cast, plan, tally),
  );
  let charts: Awaited<ReturnType<typeof registerPatients>> = [];
  await record('register patients', registrations(plan).length, async (tally) => {
    charts = await registerPatients(cast, plan, tally);
  });
  figures.registrations = charts.length;
  await record(
    'seal and anchor records',
    plan.patients.flatMap((patient) => patient.records).length,
    (tally) => anchorRecords(cast, charts, figures, tally),
  );
  await record('share under consent', sharedCharts(cast, charts).length, (tally) =>
    shareRecords(cast, charts, figures, tally),
  );
  const { insured, selfPaid } = bills(charts);
  await record('settle claims', insured.length, (tally) => settleClaims(cast, insured, figures, tally));
  await record('invoice the uninsured', selfPaid.length, (tally) =>
    issueInvoices(cast, selfPaid, figures, tally),
  );
  figures.seconds = (performance.now() - started) / 1_000;
  return figures;
}

async function makePlan(cast: Cast, { data, patients }: StoryOptions, figures: Figures): Promise<Plan> {
  const { bundles, skipped } = data
    ? await loadBundles(data)
    : { bundles: generateBundles(patients ?? GENERATED), skipped: [] };
  const plan = planFrom(bundles, cast.careOrganisations);
  if (patients !== undefined) plan.patients = plan.patients.slice(0, patients);
  figures.bundles = bundles.length;
  figures.skipped = skipped;
  figures.organisations = plan.organisations.size;
  figures.practitioners = plan.practitioners.size;
  figures.patients = plan.patients.length;
  return plan;
}
