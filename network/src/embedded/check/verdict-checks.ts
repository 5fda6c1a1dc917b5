import { common, peer } from '@hyperledger/fabric-protos';
import { getMetadata } from '../blocks/index.js';
import type { Judgement } from '../committer/index.js';
import type { MspManager, TxValidationCode } from '../parts.js';
import { LedgerFault } from './ledger-fault.js';

const Code = peer.TxValidationCode;
const NAMES = new Map(Object.entries(Code).map(([name, code]) => [code, name]));
const nameOf = (code: TxValidationCode | undefined): string =>
  code === undefined ? 'nothing' : (NAMES.get(code) ?? String(code));

/**
 * Whose word counts where a transaction is judged again. Revocations only grow: a certificate that is revoked now may
 * have been good when the block came, so today's lists count where the recorded verdict rests on a refused
 * signature, and nowhere else.
 */
export function mspsFor(
  recorded: TxValidationCode | undefined,
  { now, before }: { now: MspManager; before: MspManager },
): { creators: MspManager; endorsers: MspManager } {
  return {
    creators: recorded === Code.BAD_CREATOR_SIGNATURE ? now : before,
    endorsers: recorded === Code.ENDORSEMENT_POLICY_FAILURE ? now : before,
  };
}

/** The recorded verdicts are those that the transactions get again. @throws LedgerFault (VALIDATION_CODE). */
export function checkVerdicts(
  recorded: readonly TxValidationCode[],
  judged: Judgement['judged'],
  reasons: ReadonlyMap<string, string>,
): void {
  if (recorded.length !== judged.length) {
    throw new LedgerFault(
      'VALIDATION_CODE',
      `it has ${String(recorded.length)} verdicts for ${String(judged.length)} transactions`,
    );
  }
  for (const [index, { code, txId }] of judged.entries()) {
    if (code === recorded[index]) continue;
    const reason = reasons.get(txId);
    throw new LedgerFault(
      'VALIDATION_CODE',
      `a transaction is marked ${nameOf(recorded[index])} and is ${nameOf(code)}` +
        (reason === undefined ? '' : `: ${reason}`),
      { transaction: index, txId },
    );
  }
}

/** @throws LedgerFault (COMMIT_HASH). */
export function checkCommitHash(block: common.Block, expected: Buffer): void {
  let recorded: Uint8Array;
  try {
    recorded = common.Metadata.deserializeBinary(getMetadata(block, 'COMMIT_HASH')).getValue_asU8();
  } catch {
    throw new LedgerFault('COMMIT_HASH', 'its commit hash cannot be read');
  }
  if (!expected.equals(recorded)) {
    throw new LedgerFault('COMMIT_HASH', 'its commit hash is not that of its verdicts and changes');
  }
}
