import type { billing } from '../api/index.js';
import { refuse, type Handler } from '../ledger/index.js';
import { insurerStep, pairStore, saveDecision } from './claim-file.js';
import { CLAIM_LINES } from './kinds.js';

/** The insurer has the lines and takes the claim, or an appeal, up. */
export const acknowledgeClaim: Handler<'billing:acknowledgeClaim', billing.ClaimView> = async (tx, input) => {
  const file = await insurerStep(tx, 'acknowledge', input);
  const hash = await pairStore(tx, file.claim).hash(CLAIM_LINES, input.id);
  if (hash === undefined) refuse('PRIVATE_DATA_MISSING', 'the claim has no lines yet');
  if (hash !== file.claim.linesHash) refuse('PRIVATE_DATA_MISMATCH', 'the lines have another hash');
  return saveDecision(tx, file, { status: 'acknowledged' });
};

/** One open request at a time: the next one waits for the answer to the last, or for another step. */
export const requestInformation: Handler<'billing:requestInformation', billing.ClaimView> = async (
  tx,
  input,
) => {
  const file = await insurerStep(tx, 'requestInformation', input);
  const { claim, decision } = file;
  const isWaiting = decision.status === 'information-requested' && claim.answers < decision.requests;
  if (isWaiting && claim.appeals === decision.round) refuse('INVALID_STATE', 'a request is open');
  return saveDecision(tx, file, { status: 'information-requested', requests: decision.requests + 1 });
};

export const pendClaim: Handler<'billing:pendClaim', billing.ClaimView> = async (tx, input) =>
  saveDecision(tx, await insurerStep(tx, 'pend', input), { status: 'pended' });
