import { billing, claimsCollection, type Role } from '../api/index.js';
import { checkVersion, privateStore, refuse, type PrivateStore, type Transaction } from '../ledger/index.js';
import { CLAIM, CLAIM_DECISION } from './kinds.js';
import { INSURER_ROLES, PROVIDER_ROLES } from './roles.js';

/** A claim's two public keys: what the provider says, and what the insurer says. */
export interface ClaimFile {
  readonly claim: billing.Claim;
  readonly decision: billing.ClaimDecision;
}

/** The steps and where a claim must stand for each. */
const ALLOWED = {
  putLines: ['submitted'],
  acknowledge: ['submitted', 'appealed'],
  requestInformation: ['acknowledged', 'information-requested', 'pended', 'appealed'],
  answerInformation: ['information-requested'],
  pend: ['acknowledged', 'information-requested', 'appealed'],
  decide: ['acknowledged', 'information-requested', 'pended', 'appealed'],
  appeal: ['partly-approved', 'denied'],
  pay: ['approved', 'partly-approved'],
  withdraw: [
    'submitted',
    'acknowledged',
    'information-requested',
    'pended',
    'approved',
    'partly-approved',
    'denied',
    'appealed',
  ],
} as const satisfies Record<string, readonly billing.ClaimStatus[]>;
export type ClaimStep = keyof typeof ALLOWED;

/** @throws ContractError NOT_FOUND */
export async function readClaim(tx: Transaction, id: string): Promise<ClaimFile> {
  const claim = await tx.assets.require(CLAIM, id);
  return { claim, decision: await tx.assets.require(CLAIM_DECISION, id) };
}

/** @throws ContractError INVALID_STATE */
export function requireStep(step: ClaimStep, { claim, decision }: ClaimFile): void {
  const status = billing.claimStatus(claim, decision);
  const allowed: readonly billing.ClaimStatus[] = ALLOWED[step];
  if (!allowed.includes(status)) refuse('INVALID_STATE', `the claim is ${status}`);
}

/** @throws ContractError as Caller.requireRole; NOT_FOUND, UNAUTHORIZED_ORGANISATION, VERSION_CONFLICT, INVALID_STATE */
export async function providerStep(
  tx: Transaction,
  step: ClaimStep,
  input: { id: string; expectedVersion?: number | undefined },
): Promise<ClaimFile> {
  await tx.caller.requireRole(...PROVIDER_ROLES);
  const file = await readClaim(tx, input.id);
  tx.caller.requireOrganisation(file.claim.hospital);
  checkVersion(file.claim, input.expectedVersion);
  requireStep(step, file);
  return file;
}

/** As providerStep, by the claim's insurer; the version is the decision's. */
export async function insurerStep(
  tx: Transaction,
  step: ClaimStep,
  input: { id: string; expectedVersion?: number | undefined },
  roles: readonly Role[] = INSURER_ROLES,
): Promise<ClaimFile> {
  await tx.caller.requireRole(...roles);
  const file = await readClaim(tx, input.id);
  tx.caller.requireOrganisation(file.claim.insurer);
  checkVersion(file.decision, input.expectedVersion);
  requireStep(step, file);
  return file;
}

/** The collection of the claim's provider and insurer. */
export function pairStore(tx: Transaction, { hospital, insurer }: billing.Claim): PrivateStore {
  return privateStore(tx.stub, claimsCollection(hospital, insurer));
}

export function view({ claim, decision }: ClaimFile): billing.ClaimView {
  return { claim, decision, status: billing.claimStatus(claim, decision) };
}

/** Writes the provider's side. */
export async function saveClaim(
  tx: Transaction,
  { claim, decision }: ClaimFile,
  change: Partial<billing.Claim>,
): Promise<billing.ClaimView> {
  const next = tx.next(claim, change);
  await tx.assets.put(CLAIM, next);
  return view({ claim: next, decision });
}

/** Writes the insurer's side. In a new round nothing of the last round's decision remains but the versions. */
export async function saveDecision(
  tx: Transaction,
  { claim, decision }: ClaimFile,
  change: Partial<billing.ClaimDecision>,
): Promise<billing.ClaimView> {
  const { type, id, hospital, insurer, status, requests, version, updatedAt } = decision;
  const bare = { type, id, hospital, insurer, status, requests, version, updatedAt, round: claim.appeals };
  const current = claim.appeals > decision.round ? bare : decision;
  const next = tx.next(current, change);
  await tx.assets.put(CLAIM_DECISION, next);
  return view({ claim, decision: next });
}
