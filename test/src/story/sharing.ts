import { randomBytes } from 'node:crypto';
import { signStatement } from '@medaccord/gateway/client';
import pMap from 'p-map';
import { commit, refusal, value } from './api.js';
import type { Cast } from './cast.js';
import type { Figures, Tally } from './figures.js';
import type { Chart } from './people.js';
import { digestOf } from './records.js';

const DAY = 86_400_000;

/**
 * A doctor of the second hospital reads one record of every patient of the first: refused without consent, allowed
 * under a consent that the patient's own key signed, refused again after the patient revoked it.
 */
export async function shareRecords(
  cast: Cast,
  charts: Chart[],
  figures: Figures,
  tally: Tally,
): Promise<void> {
  await pMap(sharedCharts(cast, charts), (chart) => share(cast, chart, figures, tally), {
    concurrency: cast.concurrency,
  });
}

/** None where there is no second hospital. */
export function sharedCharts(cast: Cast, charts: Chart[]): Chart[] {
  const [first, second] = cast.hospitals;
  return charts.filter(
    ({ custodian, records }) => second !== undefined && custodian === first && records.length > 0,
  );
}

async function share(cast: Cast, chart: Chart, figures: Figures, tally: Tally): Promise<void> {
  const [target] = chart.records;
  if (!target) return;
  const desk = cast.member(chart.custodian, 'clerk').api;
  const reader = cast.member(cast.secondCareOrganisation(chart.custodian) ?? '', 'doctor');
  const read = (consent: string) =>
    commit((headers) =>
      reader.api.POST('/v1/records/{id}/read', {
        params: { path: { id: target.record }, header: headers },
        body: { custodian: chart.custodian, purpose: 'treatment', basis: { kind: 'consent', consent } },
      }),
    );

  await refusal(read(randomBytes(16).toString('hex')));
  figures.refusedWithoutConsent += 1;

  const now = Date.now();
  const prepared = await value(
    desk.POST('/v1/consents/prepare', {
      body: {
        custodian: chart.custodian,
        patient: chart.pseudonym,
        grantee: { kind: 'practitioner', organisation: reader.organisation, id: reader.subject },
        permissions: ['read'],
        purposes: ['treatment'],
        filters: {},
        except: [],
        notBefore: new Date(now - DAY).toISOString(),
        expiresAt: new Date(now + 30 * DAY).toISOString(),
      },
    }),
  );
  const granted = await commit((headers) =>
    desk.POST('/v1/consents', {
      params: { header: headers },
      body: { jws: signStatement(prepared.consent, 'consent', chart.key) },
    }),
  );
  figures.consents += 1;

  const answer = await read(granted.consent.id);
  if (digestOf(Buffer.from(answer.document.data, 'base64')) !== target.digest) {
    throw new Error(`record ${target.record} came back changed`);
  }
  figures.readsUnderConsent += 1;

  const revocation = await value(
    desk.POST('/v1/consents/{id}/revocation/prepare', {
      params: { path: { id: granted.consent.id } },
      body: {},
    }),
  );
  const revoked = await commit((headers) =>
    desk.POST('/v1/consents/{id}/revoke', {
      params: { path: { id: granted.consent.id }, header: headers },
      body: { jws: signStatement(revocation.revocation, 'revocation', chart.key) },
    }),
  );
  await refusal(read(granted.consent.id));
  figures.refusedAfterRevocation += 1;
  tally.done(granted.transaction, answer.transaction, revoked.transaction);
}
