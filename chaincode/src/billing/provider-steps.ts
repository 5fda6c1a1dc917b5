import type { billing } from '../api/index.js';
import { hashOf, refuse, type Handler } from '../ledger/index.js';
import { pairStore, providerStep, readClaim, requireStep, saveClaim } from './claim-file.js';
import { CLAIM_LINES } from './kinds.js';
import { checkLines } from './lines.js';
import { PROVIDER_ROLES } from './roles.js';

/** A private value that a step has put into a collection. */
export interface Stored {
  readonly id: string;
  /** SHA-256 of its canonical JSON, which every peer can read. */
  readonly hash: string;
}

/**
 * Private step of the pair: the lines whose hash the claim was opened with. Lines that are there may come again
 * wherever the claim stands, so that an interrupted submission can be repeated as a whole.
 */
export const putClaimLines: Handler<'billing:putClaimLines', Stored> = async (tx, { id }, lines) => {
  await tx.caller.requireRole(...PROVIDER_ROLES);
  const file = await readClaim(tx, id);
  const { claim } = file;
  tx.caller.requireOrganisation(claim.hospital);
  if (lines.id !== claim.id || lines.hospital !== claim.hospital || lines.insurer !== claim.insurer) {
    refuse('PRIVATE_DATA_MISMATCH', 'the lines are of another claim');
  }
  const hash = hashOf(lines);
  if (hash !== claim.linesHash) refuse('PRIVATE_DATA_MISMATCH', 'the lines have another hash');
  checkLines(lines.lines, lines.total);
  const store = pairStore(tx, claim);
  if ((await store.hash(CLAIM_LINES, id)) !== hash) requireStep('putLines', file);
  await store.put(CLAIM_LINES, lines);
  return { id, hash };
};

/** Says that what the insurer asked for was sent, by whatever way the two have agreed on. */
export const answerInformation: Handler<'billing:answerInformation', billing.ClaimView> = async (
  tx,
  input,
) => {
  const file = await providerStep(tx, 'answerInformation', input);
  const { requests } = file.decision;
  if (file.claim.answers === requests) refuse('INVALID_STATE', 'the request is answered');
  return saveClaim(tx, file, { answers: requests });
};

/** Reopens what was not approved in full. No insurer's endorsement is needed: it cannot be blocked. */
export const appealClaim: Handler<'billing:appealClaim', billing.ClaimView> = async (tx, input) => {
  const file = await providerStep(tx, 'appeal', input);
  return saveClaim(tx, file, { appeals: file.claim.appeals + 1, appealReason: input.reason });
};

export const withdrawClaim: Handler<'billing:withdrawClaim', billing.ClaimView> = async (tx, input) =>
  saveClaim(tx, await providerStep(tx, 'withdraw', input), { status: 'withdrawn' });
