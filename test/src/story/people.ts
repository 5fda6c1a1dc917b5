import { type KeyObject, createHash, generateKeyPairSync, randomUUID } from 'node:crypto';
import { publicJwk } from '@medaccord/gateway/client';
import pMap from 'p-map';
import { commit } from './api.js';
import type { Cast } from './cast.js';
import type { Tally } from './figures.js';
import type { Plan, PlannedPatient } from './plan.js';

/** One patient at one custodian: a pseudonym and a signing key of its own. */
export interface Chart {
  patient: PlannedPatient;
  custodian: string;
  pseudonym: string;
  key: KeyObject;
  /** Ids of the records anchored there, filled by the records step. */
  records: { record: string; digest: string }[];
}

/** Every practitioner is asked for by the front desk and approved by the admin of its organisation. */
export async function registerPractitioners(cast: Cast, plan: Plan, tally: Tally): Promise<void> {
  await pMap(
    plan.practitioners,
    async ([fhirId, organisation]) => {
      const role = cast.authorRole(organisation);
      // A salted hash: what the organisation checked stays with the organisation.
      const evidenceHash = createHash('sha256').update(`${randomUUID()} ${fhirId}`).digest('hex');
      const requested = await commit((headers) =>
        cast.member(organisation, 'clerk').api.POST('/v1/practitioners', {
          params: { header: headers },
          body: { id: randomUUID().replaceAll('-', ''), role, evidenceHash },
        }),
      );
      const approved = await commit((headers) =>
        cast.member(organisation, 'admin').api.POST('/v1/practitioners/{id}/approve', {
          params: { path: { id: requested.practitioner.id }, header: headers },
          body: {},
        }),
      );
      tally.done(requested.transaction, approved.transaction);
    },
    { concurrency: cast.concurrency },
  );
}

/** Registers each patient at every custodian of a record or bill; another care organisation, if any, confirms. */
export async function registerPatients(cast: Cast, plan: Plan, tally: Tally): Promise<Chart[]> {
  return pMap(registrations(plan), (registration) => register(cast, registration, tally), {
    concurrency: cast.concurrency,
  });
}

export function registrations(plan: Plan): { patient: PlannedPatient; custodian: string }[] {
  return plan.patients.flatMap((patient) => {
    const custodians = new Set([
      ...patient.records.map((record) => record.custodian),
      ...patient.claims.map((claim) => claim.provider),
    ]);
    return [...custodians].map((custodian) => ({ patient, custodian }));
  });
}

async function register(
  cast: Cast,
  { patient, custodian }: { patient: PlannedPatient; custodian: string },
  tally: Tally,
): Promise<Chart> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const registered = await commit((headers) =>
    cast
      .member(custodian, 'clerk')
      .api.POST('/v1/patients', { params: { header: headers }, body: { keys: [publicJwk(privateKey)] } }),
  );
  const second = cast.secondCareOrganisation(custodian);
  if (second === undefined) {
    // Nobody can confirm: records and bills go on, only the patient's keys sign nothing.
    tally.done(registered.transaction);
  } else {
    const confirmed = await commit((headers) =>
      cast.member(second, 'clerk').api.POST('/v1/patients/{id}/confirm', {
        params: { path: { id: registered.patient.id }, header: headers },
        body: {},
      }),
    );
    tally.done(registered.transaction, confirmed.transaction);
  }
  return {
    patient,
    custodian,
    pseudonym: registered.patient.id,
    key: privateKey,
    records: [],
  };
}
