import { createHash } from 'node:crypto';
import pMap from 'p-map';
import { commit } from './api.js';
import type { Cast } from './cast.js';
import type { Figures, Tally } from './figures.js';
import type { Chart } from './people.js';
import type { PlannedRecord } from './plan.js';

const BATCH = 250;
const MEDIA_TYPE = 'application/fhir+json';

interface Pending {
  chart: Chart;
  planned: PlannedRecord;
  bytes: Buffer;
}

/** SHA-256 of a document's bytes, to compare what a reader gets with what was sealed. */
export function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Seals every record at its custodian and anchors them in batches, one Merkle root and one transaction a batch. */
export async function anchorRecords(
  cast: Cast,
  charts: Chart[],
  figures: Figures,
  tally: Tally,
): Promise<void> {
  const pending = pendingRecords(charts);
  const batches = [...new Set(pending.map(({ chart }) => chart.custodian))].flatMap((custodian) =>
    chunks(
      pending.filter(({ chart }) => chart.custodian === custodian),
      BATCH,
    ).map((records) => ({ custodian, records })),
  );
  await pMap(batches, (batch) => anchor(cast, batch, figures, tally), { concurrency: cast.hospitals.length });
}

function pendingRecords(charts: Chart[]): Pending[] {
  return charts.flatMap((chart) =>
    chart.patient.records
      .filter((planned) => planned.custodian === chart.custodian)
      .map((planned) => ({ chart, planned, bytes: Buffer.from(JSON.stringify(planned.document)) })),
  );
}

async function anchor(
  cast: Cast,
  { custodian, records }: { custodian: string; records: Pending[] },
  figures: Figures,
  tally: Tally,
): Promise<void> {
  const author = cast.member(custodian, cast.authorRole(custodian));
  const { items, transaction } = await commit((headers) =>
    author.api.POST('/v1/records/batches', {
      params: { header: headers },
      body: {
        records: records.map(({ chart, planned, bytes }) => ({
          patient: chart.pseudonym,
          category: planned.category,
          serviceDate: planned.serviceDate,
          document: { mediaType: MEDIA_TYPE, data: bytes.toString('base64') },
        })),
      },
    }),
  );
  items.forEach(({ record }, index) => {
    const pending = records[index];
    if (!pending) throw new Error('a batch answered more records than it was given');
    pending.chart.records.push({ record, digest: digestOf(pending.bytes) });
    figures.documentBytes += pending.bytes.length;
    tally.done(transaction);
  });
  figures.records += items.length;
  figures.batches += 1;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}
