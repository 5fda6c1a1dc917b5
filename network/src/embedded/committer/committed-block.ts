import { common, ledger } from '@hyperledger/fabric-protos';
import { decodePrivatePart, getMetadata, type StoredBlock } from '../blocks/index.js';
import type { CommittedBlock, CommittedTransaction, TxValidationCode } from '../parts.js';
import { readTransaction, txIdOf, type EndorserTransaction } from './endorser-transaction.js';
import { Code } from './verdict.js';

/** The verdicts that the committer wrote into the block. */
export function validationCodes(block: common.Block): TxValidationCode[] {
  return [...getMetadata(block, 'TRANSACTIONS_FILTER')] as TxValidationCode[];
}

/** Everything that delivery and the gateway read of a block, out of its bytes on disk. */
export function readCommittedBlock(stored: StoredBlock): CommittedBlock {
  const block = common.Block.deserializeBinary(stored.block);
  return describeBlock(block, decodePrivatePart(stored.privatePart));
}

/** What is known of a transaction already. */
interface Read {
  readonly txId: string;
  readonly transaction: EndorserTransaction | undefined;
}

/** @param known what the committer read of the transactions, in order; left out: it is read again. */
export function describeBlock(
  block: common.Block,
  privateSets: ReadonlyMap<number, Uint8Array>,
  known?: readonly Read[],
): CommittedBlock {
  const codes = validationCodes(block);
  const envelopes = block.getData()?.getDataList_asU8() ?? [];
  const transactions = envelopes.map((envelope, index): CommittedTransaction => {
    const code = codes[index] ?? Code.NOT_VALIDATED;
    const privateSet = privateSets.get(index);
    const read = known?.[index] ?? readAgain(envelope, code);
    return {
      txId: read.txId,
      code,
      chaincodeEvent: code === Code.VALID ? read.transaction?.event : undefined,
      privateData: privateSet && ledger.rwset.TxPvtReadWriteSet.deserializeBinary(privateSet),
    };
  });
  return { number: block.getHeader()?.getNumber() ?? 0, block, transactions };
}

function readAgain(envelope: Uint8Array, code: TxValidationCode): Read {
  return {
    txId: txIdOf(envelope),
    transaction: code === Code.VALID ? readTransaction(envelope) : undefined,
  };
}
