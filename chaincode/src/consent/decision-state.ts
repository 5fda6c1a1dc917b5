import type { consent, directory } from '../api/index.js';
import { PRACTITIONER, refuse, type Transaction } from '../ledger/index.js';
import { PATIENT, TREATMENT } from '../directory/kinds.js';
import type { AccessRequest, ConsentLink, DecisionState } from './decide.js';
import { BREAK_GLASS, BREAK_GLASS_DETAILS, BREAK_GLASS_REGISTER, CONSENT, CONSENT_DETAILS } from './kinds.js';

/** Consents in one chain of delegations; grants refuse a longer one, so that a decision stays cheap. */
export const MAX_CHAIN = 8;

/**
 * Reads what a decision on this request looks at. Only private keys name the patient; of public keys it reads the
 * requester's own registration, who signs the transaction anyway, and stubs that name nobody.
 */
export async function readDecisionState(tx: Transaction, request: AccessRequest): Promise<DecisionState> {
  const { requester, meta, basis } = request;
  const practitioner =
    basis.kind === 'legal' ? undefined : await tx.assets.get(PRACTITIONER, requester.subject);
  const chain = basis.kind === 'consent' ? await readChain(tx, basis.consent) : [];
  const treatment =
    basis.kind === 'treatment'
      ? await readTreatment(tx, basis.treatment, meta.patient, requester.subject)
      : undefined;
  const breakGlass = basis.kind === 'emergency' ? await readBreakGlass(tx, basis.breakGlass) : undefined;
  const register =
    basis.kind === 'emergency' ? await tx.care.get(BREAK_GLASS_REGISTER, requester.subject) : undefined;
  const now = tx.timeFor(
    ...chain.map(({ state }) => state.updatedAt),
    treatment?.updatedAt,
    breakGlass?.state.updatedAt,
    register?.updatedAt,
  );
  const patients = await readIdentity(tx, meta.patient, chain);
  return { now, practitioner, chain, patients, treatment, breakGlass, register };
}

/** The consent and those it was delegated from, child first; empty where the first does not exist. */
export async function readChain(tx: Transaction, id: string): Promise<ConsentLink[]> {
  const chain: ConsentLink[] = [];
  for (let next: string | undefined = id; next !== undefined;) {
    const state = await tx.assets.get(CONSENT, next);
    const details: consent.ConsentDetails | undefined = await tx.care.get(CONSENT_DETAILS, next);
    if (state === undefined || details === undefined) return [];
    chain.push({ state, consent: details.consent });
    if (chain.length > MAX_CHAIN) refuse('DELEGATION_EXCEEDED', 'the chain of delegations is too long');
    next = details.parent;
  }
  return chain;
}

/** The named relation with the record's pseudonym, or with one that it was merged into. */
async function readTreatment(
  tx: Transaction,
  id: string,
  patient: string,
  practitioner: string,
): Promise<directory.Treatment | undefined> {
  for await (const pseudonym of pseudonymsOf(tx, patient)) {
    const treatment = await tx.care.get(TREATMENT, pseudonym, practitioner);
    if (treatment?.id === id) return treatment;
  }
  return undefined;
}

/** The record's pseudonym, and those it was merged into as far as the consents are theirs. */
async function readIdentity(
  tx: Transaction,
  patient: string,
  chain: readonly ConsentLink[],
): Promise<string[]> {
  const patients: string[] = [];
  for await (const pseudonym of pseudonymsOf(tx, patient)) {
    patients.push(pseudonym);
    if (chain.every(({ consent }) => patients.includes(consent.patient))) break;
  }
  return patients;
}

/** A pseudonym, then the one it was merged into, and so on; each is read when it is asked for. */
async function* pseudonymsOf(tx: Transaction, patient: string): AsyncGenerator<string> {
  for (let last: string | undefined = patient; last !== undefined;) {
    yield last;
    const known: directory.Patient | undefined = await tx.care.get(PATIENT, last);
    last = known?.status === 'merged' ? known.mergedInto : undefined;
  }
}

async function readBreakGlass(tx: Transaction, id: string): Promise<DecisionState['breakGlass']> {
  const state = await tx.assets.get(BREAK_GLASS, id);
  const details = await tx.care.get(BREAK_GLASS_DETAILS, id);
  return state === undefined || details === undefined ? undefined : { state, details };
}
