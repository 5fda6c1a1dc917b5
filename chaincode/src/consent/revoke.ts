import { JWS_TYPES, consent } from '../api/index.js';
import { PATIENT } from '../directory/kinds.js';
import { keyOfPerson } from '../directory/patient-keys.js';
import { STAFF } from '../directory/roles.js';
import { readStatement, refuse, verifyStatement, type Handler, type Transaction } from '../ledger/index.js';
import { requireCarrier } from './grant.js';
import { CONSENT, CONSENT_DETAILS } from './kinds.js';
import { verifySigner } from './signature.js';

type State = consent.ConsentState;
type Details = consent.ConsentDetails;

/** Ends a consent, whichever care organisation brings the patient's word. */
export const revoke: Handler<'consent:revoke', State> = async (tx, { id }, { jws }) => {
  const state = await readForChange(tx, id);
  const details = await tx.care.require(CONSENT_DETAILS, id);
  if (jws === undefined) await requireWithdrawal(tx, details);
  else await requireRevocation(tx, jws, state, details);
  if (state.status !== 'active') refuse('CONSENT_NOT_ACTIVE', `the consent is ${state.status}`);
  return save(tx, state, 'revoked');
};

/** Writes down that a consent ran out. Decisions never wait for it. */
export const expire: Handler<'consent:expire', State> = async (tx, { id }) => {
  const state = await readForChange(tx, id);
  const details = await tx.care.require(CONSENT_DETAILS, id);
  if (state.status !== 'active') refuse('CONSENT_NOT_ACTIVE', `the consent is ${state.status}`);
  if (tx.timeFor(state.updatedAt) < details.consent.expiresAt) {
    refuse('INVALID_STATE', 'the consent has not expired');
  }
  return save(tx, state, 'expired');
};

async function readForChange(tx: Transaction, id: string): Promise<State> {
  await requireCarrier(tx);
  return tx.assets.require(CONSENT, id);
}

async function requireRevocation(
  tx: Transaction,
  jws: string,
  state: State,
  { consent: terms, consentHash }: Details,
): Promise<void> {
  const statement = readStatement(jws, JWS_TYPES.revocation, consent.ConsentRevocation);
  const { payload } = statement;
  if (payload.channel !== tx.channel) refuse('CONSENT_MISMATCH', 'signed for another channel');
  const isThis =
    payload.consent.id === terms.id &&
    payload.consent.hash === consentHash &&
    payload.custodian === terms.custodian &&
    payload.patient === terms.patient;
  if (!isThis) refuse('CONSENT_MISMATCH', 'the revocation names another consent');
  const patient = await tx.care.require(PATIENT, terms.patient);
  const now = tx.timeFor(state.updatedAt, patient.updatedAt);
  if (payload.expiresAt <= now) refuse('SIGNATURE_INVALID', 'the statement has expired');
  // The patient may always revoke, also what a guardian signed.
  const own = await keyOfPerson(tx, patient, statement.kid, now);
  if (own !== undefined) verifyStatement(statement, own.jwk);
  else await verifySigner(tx, statement, patient, terms.relation, now);
}

/** Without a signature: what a practitioner passed on, and what the custodian's staff wrote down. */
async function requireWithdrawal(
  tx: Transaction,
  { assurance, actor, consent: terms }: Details,
): Promise<void> {
  switch (assurance) {
    case 'delegated':
      if (actor !== tx.caller.subject) refuse('UNAUTHORIZED_ROLE', 'only by the practitioner who delegated');
      await tx.caller.requireApproved();
      return;
    case 'witnessed':
      tx.caller.requireOrganisation(terms.custodian);
      await tx.caller.requireRole(...STAFF);
      return;
    case 'signed':
      refuse('SIGNATURE_INVALID', "the patient's signature is needed");
  }
}

async function save(tx: Transaction, before: State, status: State['status']): Promise<State> {
  const after = tx.next(before, { status });
  await tx.assets.put(CONSENT, after);
  return after;
}
