import { billing } from '../api/index.js';
import { hashOf, refuse, type Handler } from '../ledger/index.js';
import { insurerStep, pairStore, saveDecision } from './claim-file.js';
import { CLAIM_LINES, DECISION_ATTESTATION, DECISION_DETAILS } from './kinds.js';
import { requireDistinct, requireTotal } from './lines.js';
import { equal } from './money.js';
import type { Stored } from './provider-steps.js';
import { ADJUSTER_ROLES } from './roles.js';

/** Private step of the pair: the decision line by line. It may be put again until the public step has named it. */
export const putDecision: Handler<'billing:putDecision', Stored> = async (tx, { id }, details) => {
  const { claim } = await insurerStep(tx, 'decide', { id }, ADJUSTER_ROLES);
  if (details.id !== id) refuse('PRIVATE_DATA_MISMATCH', 'the details are of another claim');
  if (details.round !== claim.appeals) refuse('INVALID_STATE', `the round is ${String(claim.appeals)}`);
  const store = pairStore(tx, claim);
  checkDecision(details, await store.require(CLAIM_LINES, id));
  const hash = hashOf(details);
  await store.put(DECISION_DETAILS, details);
  await store.put(DECISION_ATTESTATION, attestation(details, outcomeOf(details.lines), hash));
  return { id, hash };
};

/** Public step, under the decision key's policy: names what the pair has put, by its hashes. */
export const decideClaim: Handler<'billing:decideClaim', billing.ClaimView> = async (tx, input) => {
  const { id, outcome, ruleSetHash, detailsHash } = input;
  const file = await insurerStep(tx, 'decide', input, ADJUSTER_ROLES);
  const round = file.claim.appeals;
  const store = pairStore(tx, file.claim);
  const found = await store.hash(DECISION_DETAILS, id, String(round));
  if (found === undefined) refuse('PRIVATE_DATA_MISSING', 'the decision has no details yet');
  if (found !== detailsHash) refuse('PRIVATE_DATA_MISMATCH', 'the details have another hash');
  const attested = await store.hash(DECISION_ATTESTATION, id, String(round));
  const claims = (said: billing.Outcome) =>
    attested === hashOf(attestation({ id, round, ruleSetHash }, said, detailsHash));
  if (!claims(outcome)) {
    if (billing.OUTCOMES.some(claims)) refuse('PRIVATE_DATA_MISMATCH', 'the lines have another outcome');
    refuse('RULE_SET_MISMATCH', 'the details were decided by another rule set');
  }
  return saveDecision(tx, file, { status: outcome, outcome, ruleSetHash, detailsHash });
};

/** What lines make of the whole claim. */
export function outcomeOf(lines: readonly { outcome: billing.Outcome }[]): billing.Outcome {
  const [first] = lines;
  return first !== undefined && lines.every(({ outcome }) => outcome === first.outcome)
    ? first.outcome
    : 'partly-approved';
}

/**
 * Every line of the claim is decided once, and no other; nothing above its amount; the total adds up.
 * @throws ContractError INVALID_ARGUMENT, AMOUNT_MISMATCH
 */
export function checkDecision(details: billing.DecisionDetails, claimed: billing.ClaimLines): void {
  requireDistinct(details.lines.map(({ number }) => number));
  if (details.lines.length !== claimed.lines.length) {
    refuse('INVALID_ARGUMENT', 'private.lines: every line is decided once');
  }
  for (const decided of details.lines) {
    const line = claimed.lines.find(({ number }) => number === decided.number);
    if (line === undefined) {
      return refuse('INVALID_ARGUMENT', `private.lines: the claim has no line ${String(decided.number)}`);
    }
    if (!isConsistent(decided, line.amount)) {
      refuse('AMOUNT_MISMATCH', `line ${String(decided.number)}: what is allowed does not fit the outcome`);
    }
  }
  if (details.total.currency !== claimed.total.currency) refuse('AMOUNT_MISMATCH', 'another currency');
  requireTotal(
    details.lines.map(({ allowed }) => allowed),
    details.total,
  );
}

/** Approved is all of it, denied nothing, partly approved something in between. */
function isConsistent(
  { outcome, allowed }: billing.DecisionDetails['lines'][number],
  amount: billing.Line['amount'],
): boolean {
  if (allowed.currency !== amount.currency) return false;
  switch (outcome) {
    case 'approved':
      return equal(allowed, amount);
    case 'denied':
      return allowed.amount === 0;
    case 'partly-approved':
      return allowed.amount > 0 && allowed.amount < amount.amount;
  }
}

function attestation(
  { id, round, ruleSetHash }: { id: string; round: number; ruleSetHash: string },
  outcome: billing.Outcome,
  detailsHash: string,
): billing.DecisionAttestation {
  return { type: 'decision-attestation', id, round, outcome, ruleSetHash, detailsHash };
}
