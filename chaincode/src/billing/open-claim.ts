import type { billing } from '../api/index.js';
import { refuse, type Handler, type Transaction } from '../ledger/index.js';
import { decisionPolicy } from './decision-policy.js';
import { readClaim, requireStep, view, type ClaimFile } from './claim-file.js';
import { once } from './idempotency.js';
import { CLAIM, CLAIM_DECISION } from './kinds.js';
import { PROVIDER_ROLES } from './roles.js';

/** Public step: opens a claim, and sets who must endorse its decision for ever after. */
export const openClaim: Handler<'billing:openClaim', billing.ClaimView> = async (tx, input) => {
  await tx.caller.requireRole(...PROVIDER_ROLES);
  tx.caller.requireCare();
  const insurer = tx.organisation(input.insurer);
  if (insurer.kind !== 'insurer') refuse('INVALID_ARGUMENT', 'input.insurer: no insurer');
  return once(tx, {
    function: 'billing:openClaim',
    input,
    asset: input.id,
    again: async () => view(await readClaim(tx, input.id)),
    first: async () => {
      await tx.assets.requireAbsent(CLAIM, input.id);
      if (input.replaces !== undefined) await replace(tx, input.replaces, input);
      const file = opened(tx, input);
      await tx.assets.put(CLAIM, file.claim);
      await tx.assets.put(CLAIM_DECISION, file.decision);
      await tx.stub.setStateValidationParameter(
        tx.assets.key(CLAIM_DECISION, [input.id]),
        decisionPolicy(insurer, tx.consortium.organisations),
      );
      return view(file);
    },
  });
};

function opened(
  tx: Transaction,
  input: { id: string; insurer: string; linesHash: string; replaces?: string | undefined },
): ClaimFile {
  const common = {
    id: input.id,
    hospital: tx.caller.organisation.name,
    insurer: input.insurer,
    version: 1,
    updatedAt: tx.timestamp,
  };
  return {
    claim: {
      ...common,
      type: 'claim',
      status: 'submitted',
      linesHash: input.linesHash,
      answers: 0,
      appeals: 0,
      ...(input.replaces !== undefined && { replaces: input.replaces }),
    },
    decision: { ...common, type: 'claim-decision', status: 'none', round: 0, requests: 0 },
  };
}

/** The claim that is replaced is of the same pair, and no payment for it stands. */
async function replace(tx: Transaction, old: string, by: { id: string; insurer: string }): Promise<void> {
  const file = await readClaim(tx, old);
  tx.caller.requireOrganisation(file.claim.hospital);
  if (file.claim.insurer !== by.insurer) refuse('INVALID_ARGUMENT', 'input.replaces: of another insurer');
  requireStep('withdraw', file);
  await tx.assets.put(CLAIM, tx.next(file.claim, { status: 'replaced', replacedBy: by.id }));
}
