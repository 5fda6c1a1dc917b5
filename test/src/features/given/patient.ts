import { type KeyObject, generateKeyPairSync } from 'node:crypto';
import { publicJwk } from '@medaccord/gateway/client';
import type { Consortium, Member } from '../../consortium/index.js';
import { commit } from '../../story/api.js';
import { newId } from './ids.js';
import { issuedIdentity } from './practitioner.js';

/** A pseudonym at one custodian, and the signing key that only the patient has. */
export interface Patient {
  id: string;
  custodian: string;
  key: KeyObject;
}

export function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

/**
 * Registered by the custodian's front desk, and confirmed by another care organisation; null: by nobody. @param id the
 * pseudonym, where the patient has a certificate that names it; a fresh one where left out.
 */
export async function registeredPatient(
  consortium: Consortium,
  custodian = 'hospital-a',
  second: string | null = 'hospital-b',
  id?: string,
): Promise<Patient> {
  const key = newKey();
  const desk = await consortium.member(custodian, 'clerk');
  const { patient } = await commit((header) =>
    desk.api.POST('/v1/patients', {
      params: { header },
      body: { keys: [publicJwk(key)], ...(id !== undefined && { id }) },
    }),
  );
  if (second !== null) {
    const { api } = await consortium.member(second, 'clerk');
    await commit((header) =>
      api.POST('/v1/patients/{id}/confirm', { params: { path: { id: patient.id }, header }, body: {} }),
    );
  }
  return { id: patient.id, custodian, key };
}

/** Somebody with a certificate of the custodian whose subject is a pseudonym, which nobody has registered yet. */
export function patientIdentity(consortium: Consortium): Promise<Member & { name: string }> {
  return issuedIdentity(consortium, 'hospital-a', 'patient', `patient-${newId().slice(0, 8)}`);
}

/** A registered patient who logs in at its custodian. */
export async function patientWithLogin(
  consortium: Consortium,
): Promise<{ self: Member & { name: string }; patient: Patient }> {
  const self = await patientIdentity(consortium);
  const patient = await registeredPatient(consortium, 'hospital-a', 'hospital-b', self.subject);
  return { self, patient };
}
