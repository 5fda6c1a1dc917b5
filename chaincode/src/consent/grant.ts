import { JWS_TYPES, PRACTITIONER_ROLES, consent, type directory } from '../api/index.js';
import { PATIENT } from '../directory/kinds.js';
import { hashOf, readStatement, refuse, type Handler, type Transaction } from '../ledger/index.js';
import { isGrantee } from './grantee.js';
import { CONSENT, CONSENT_DETAILS } from './kinds.js';
import { verifySigner } from './signature.js';
import { checkTerms } from './terms.js';

type State = consent.ConsentState;
/** How a consent came about, beside its terms. */
type Origin = Pick<
  consent.ConsentDetails,
  'assurance' | 'jws' | 'kid' | 'actor' | 'evidenceHash' | 'parent' | 'salt'
>;

/** Takes a consent that the patient, or its guardian or proxy, signed; whoever of the care side brings it. */
export const grant: Handler<'consent:grant', State> = async (tx, { id }, { jws, salt }) => {
  await requireCarrier(tx);
  const statement = readStatement(jws, JWS_TYPES.consent, consent.Consent);
  const { kid, payload: terms } = statement;
  const patient = await requirePatient(tx, terms);
  if (patient.status !== 'confirmed') refuse('INVALID_STATE', `patient is ${patient.status}`);
  const now = tx.timeFor(patient.updatedAt);
  checkTerms(tx, id, terms, now);
  await tx.assets.requireAbsent(CONSENT, id);
  await verifySigner(tx, statement, patient, terms.relation, now);
  await supersede(tx, terms, 'signed');
  return open(tx, terms, { assurance: 'signed', jws, kid, salt });
};

/**
 * Writes down what a patient who cannot sign said on paper or aloud; a practitioner of the custodian witnesses, and
 * nothing that it gains by: a relation of treatment is what its own reads rest on.
 */
export const witness: Handler<'consent:witness', State> = async (tx, { id }, priv) => {
  const { consent: terms, evidenceHash, salt } = priv;
  tx.caller.requireCare();
  await tx.caller.requireRole('doctor', 'nurse', 'technician', 'pharmacist', 'clerk');
  tx.caller.requireOrganisation(terms.custodian);
  const patient = await requirePatient(tx, terms);
  if (patient.status === 'merged') refuse('INVALID_STATE', 'patient is merged');
  checkTerms(tx, id, terms, tx.timeFor(patient.updatedAt));
  if (terms.relation !== undefined) refuse('INVALID_ARGUMENT', 'consent: a relation signs, or nobody does');
  const { organisation, role, subject } = tx.caller;
  if (isGrantee(terms.grantee, { organisation: organisation.name, role, subject })) {
    refuse('SELF_APPROVAL', 'a witness writes no consent to itself');
  }
  await tx.assets.requireAbsent(CONSENT, id);
  await supersede(tx, terms, 'witnessed');
  return open(tx, terms, { assurance: 'witnessed', evidenceHash, actor: tx.caller.subject, salt });
};

/** Puts an active consent and its details on the ledger. */
export async function open(tx: Transaction, terms: consent.Consent, origin: Origin): Promise<State> {
  const { id, custodian } = terms;
  const details: consent.ConsentDetails = {
    type: 'consent-details',
    id,
    consent: terms,
    consentHash: hashOf(terms),
    ...origin,
  };
  const state: State = {
    type: 'consent',
    id,
    custodian,
    status: 'active',
    detailsHash: hashOf(details),
    version: 1,
    updatedAt: tx.timestamp,
  };
  await tx.assets.put(CONSENT, state);
  await tx.care.put(CONSENT_DETAILS, details);
  return state;
}

/** Anyone of a care organisation who may act may bring what a patient signed. */
export async function requireCarrier(tx: Transaction): Promise<void> {
  tx.caller.requireCare();
  await tx.caller.requireRole('admin', 'gateway', ...PRACTITIONER_ROLES);
}

/** @throws ContractError NOT_FOUND, CONSENT_MISMATCH where the patient has another custodian. */
async function requirePatient(tx: Transaction, terms: consent.Consent): Promise<directory.Patient> {
  const patient = await tx.care.require(PATIENT, terms.patient);
  if (patient.custodian !== terms.custodian) refuse('CONSENT_MISMATCH', 'the patient has another custodian');
  return patient;
}

/** Ends the consent that this one replaces. A signature is not undone by a witness, nor a delegation by either. */
async function supersede(
  tx: Transaction,
  { replaces, patient, custodian }: consent.Consent,
  by: 'signed' | 'witnessed',
): Promise<void> {
  if (replaces === undefined) return;
  const state = await tx.assets.require(CONSENT, replaces.id);
  const { assurance, consentHash, consent: terms } = await tx.care.require(CONSENT_DETAILS, replaces.id);
  if (terms.patient !== patient || terms.custodian !== custodian || consentHash !== replaces.hash) {
    refuse('CONSENT_MISMATCH', 'replaces names another consent');
  }
  if (assurance !== 'witnessed' && assurance !== by) {
    refuse('CONSENT_MISMATCH', `a ${by} consent does not replace a ${assurance} one`);
  }
  if (state.status !== 'active') refuse('CONSENT_NOT_ACTIVE', `the consent is ${state.status}`);
  await tx.assets.put(CONSENT, tx.next(state, { status: 'superseded' }));
}
