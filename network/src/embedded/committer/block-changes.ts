import type { common } from '@hyperledger/fabric-protos';
import { headerHash, type BlockLocation } from '../blocks/index.js';
import type { ChaincodeDefinition, TxValidationCode } from '../parts.js';
import type { BlockCommit, UpdateBatch } from '../state/index.js';

/** One block as the state database takes it. */
export function blockCommit(
  header: common.BlockHeader,
  content: {
    readonly transactions: readonly { readonly txId: string; readonly code: TxValidationCode }[];
    readonly updates: UpdateBatch;
    readonly location: BlockLocation;
    readonly commitHash: Buffer;
    /** The definition in force for the block. */
    chaincode(name: string): ChaincodeDefinition | undefined;
  },
): BlockCommit {
  const block = header.getNumber();
  const { transactions, updates, location, commitHash, chaincode } = content;
  return {
    block,
    location,
    headerHash: headerHash(header),
    commitHash,
    transactions: transactions.map(({ txId, code }, index) => ({ txId, code, block, index })),
    updates,
    expiryOf: (namespace, collection) => {
      const definition = chaincode(namespace);
      const blocks = definition?.collections.find(({ name }) => name === collection)?.blockToLive ?? 0;
      return blocks > 0 ? block + blocks + 1 : undefined;
    },
  };
}
