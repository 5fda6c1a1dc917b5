import type { KeyObject } from 'node:crypto';
import { type components, signStatement } from '@medaccord/gateway/client';
import type { Consortium, Member } from '../../consortium/index.js';
import { commit, value } from '../../story/api.js';
import { DAY, MINUTE, inFuture } from './ids.js';
import type { Patient } from './patient.js';

type Draft = components['schemas']['ConsentDraft'];
export type Terms = components['schemas']['Consent'];
export type Grantee = components['schemas']['Grantee'];

export function toPerson({ organisation, subject }: Member): Grantee {
  return { kind: 'practitioner', organisation, id: subject };
}

/** The terms as the custodian's gateway fills them in, for the patient to sign. */
export async function preparedConsent(
  consortium: Consortium,
  patient: Patient,
  grantee: Grantee,
  change: Partial<Draft> = {},
): Promise<Terms> {
  const desk = await consortium.member(patient.custodian, 'clerk');
  const { consent } = await value(
    desk.api.POST('/v1/consents/prepare', {
      body: {
        custodian: patient.custodian,
        patient: patient.id,
        grantee,
        permissions: ['read'],
        purposes: ['treatment'],
        notBefore: inFuture(-MINUTE),
        expiresAt: inFuture(DAY),
        ...change,
      },
    }),
  );
  return consent;
}

/** Brings signed terms to a gateway; the custodian's own, or another. */
export async function submitConsent(through: Member, terms: Terms, key: KeyObject): Promise<string> {
  const { consent } = await commit((header) =>
    through.api.POST('/v1/consents', {
      params: { header },
      body: { jws: signStatement(terms, 'consent', key) },
    }),
  );
  return consent.id;
}

/** @returns the id of a consent that the patient signed. */
export async function grantedConsent(
  consortium: Consortium,
  patient: Patient,
  grantee: Grantee,
  change: Partial<Draft> = {},
): Promise<string> {
  const terms = await preparedConsent(consortium, patient, grantee, change);
  return submitConsent(await consortium.member(patient.custodian, 'clerk'), terms, patient.key);
}

/**
 * Revoked by the patient's signature, through whatever care gateway.
 * @param preparing who fills the revocation in: somebody who sees that consent
 */
export async function revokeConsent(
  through: Member,
  consent: string,
  key: KeyObject,
  preparing = through,
): Promise<void> {
  const path = { id: consent };
  const { revocation } = await value(
    preparing.api.POST('/v1/consents/{id}/revocation/prepare', { params: { path }, body: {} }),
  );
  await commit((header) =>
    through.api.POST('/v1/consents/{id}/revoke', {
      params: { path, header },
      body: { jws: signStatement(revocation, 'revocation', key) },
    }),
  );
}
