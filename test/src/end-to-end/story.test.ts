import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consortium, sharedConsortium } from '../consortium/index.js';
import { loadBundles } from '../story/bundle.js';
import { openCast } from '../story/cast.js';
import type { Figures } from '../story/figures.js';
import { generateBundles } from '../story/generator.js';
import { registrations } from '../story/people.js';
import { type Plan, planFrom } from '../story/plan.js';
import { runStory } from '../story/story.js';

const REAL = join(import.meta.dirname, '../../../../shared/data/synthea-r4');
const GENERATED_PATIENTS = 12;
const CONCURRENCY = 48;

/** The main job with all the bundles there are, and every figure counted a second time from the bundles. */
describe('the story of the whole consortium', () => {
  let consortium: Consortium;
  let data: string | undefined;
  let plan: Plan;
  let figures: Figures;

  beforeAll(async () => {
    consortium = await sharedConsortium();
    const cast = await openCast(consortium.home, CONCURRENCY);
    if (existsSync(REAL)) {
      data = await mkdtemp(join(tmpdir(), 'bundles-'));
      await cp(REAL, data, { recursive: true });
      await writeFile(join(data, 'broken.json'), '{ "resourceType": "Bundle", "entry": [ { "fullUrl": ');
    }
    const bundles = data ? (await loadBundles(data)).bundles : generateBundles(GENERATED_PATIENTS);
    plan = planFrom(bundles, cast.careOrganisations);
    try {
      figures = await runStory(cast, data ? { data } : { patients: GENERATED_PATIENTS });
    } finally {
      cast.close();
    }
  }, 400_000);
  afterAll(async () => {
    if (data) await rm(data, { recursive: true });
  });

  it('registers every patient and practitioner of the bundles', () => {
    expect(figures).toMatchObject({
      patients: plan.patients.length,
      practitioners: plan.practitioners.size,
      organisations: plan.organisations.size,
      registrations: registrations(plan).length,
    });
  });

  it('seals and anchors every record', () => {
    expect(figures.records).toBe(plan.patients.flatMap(({ records }) => records).length);
  });

  it('lets the second hospital read under consent alone', () => {
    expect(figures.consents).toBeGreaterThan(0);
    expect(figures).toMatchObject({
      readsUnderConsent: figures.consents,
      refusedWithoutConsent: figures.consents,
      refusedAfterRevocation: figures.consents,
    });
  });

  it('settles every insured claim in full, and invoices the others', () => {
    const claims = plan.patients.flatMap((patient) => patient.claims);
    const insured = claims.filter(({ coverage }) => coverage !== undefined);
    const paid = insured.reduce((sum, { total }) => sum + total, 0);
    expect(figures).toMatchObject({
      claims: insured.length,
      settled: insured.length,
      claimLines: insured.flatMap(({ lines }) => lines).length,
      invoices: claims.length - insured.length,
    });
    expect(Object.values(figures.paid).reduce((sum, amount) => sum + amount, 0)).toBe(paid);
  });

  it.runIf(existsSync(REAL))('does so with all 48 bundles, and names the broken one', () => {
    expect(figures).toMatchObject({ bundles: 48, patients: 46, practitioners: 102, records: 1191 });
    expect(figures.claims + figures.invoices).toBe(929);
    expect(figures.invoices).toBe(4);
    expect(figures.skipped.map(({ file }) => file)).toEqual(['broken.json']);
  });
});
