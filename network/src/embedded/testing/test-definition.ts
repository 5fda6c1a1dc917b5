import { collectionsOf, applicationPolicy } from '../../deployment/index.js';
import type { ChannelLedger, NodeSigner, Orderer } from '../parts.js';
import { definitionStructure, NAMESPACES, type Definition } from '../lifecycle/definition-structures.js';
import { serialize, type WritableState } from '../lifecycle/state-structure.js';
import { makeTransaction, type TestTransaction } from './transactions.js';
import { sent } from './envelopes.js';

/** Chaincode `cc`: a majority of A, B, C and D; collections with and without policies of their own. */
export const testDefinition: Definition = {
  sequence: 1,
  version: '1.0',
  endorsementPlugin: 'escc',
  initRequired: false,
  validationPlugin: 'vscc',
  validationParameter: applicationPolicy().serializeBinary(),
  collections: collectionsOf([
    {
      name: 'pair',
      policy: "OR('A.member', 'B.member')",
      memberOnlyRead: true,
      memberOnlyWrite: true,
      endorsementPolicy: { signaturePolicy: "AND('A.peer', 'B.peer')" },
    },
    { name: 'plain', policy: "OR('A.member', 'B.member', 'C.member')" },
    { name: 'short', policy: "OR('A.member', 'B.member', 'C.member')", blockToLive: 2 },
  ]).serializeBinary(),
};

/** The transaction that commits a definition, as `_lifecycle` would have it for the first sequence. */
export function definitionTransaction(
  creator: NodeSigner,
  endorsers: readonly NodeSigner[],
  definition: Definition = testDefinition,
): TestTransaction {
  const writes: Record<string, Uint8Array> = {};
  const state: WritableState = {
    get: () => undefined,
    put: (key, value) => {
      writes[key] = value;
    },
    delete: () => undefined,
  };
  serialize(state, NAMESPACES, 'cc', definitionStructure(definition));
  return makeTransaction({
    creator,
    endorsers,
    chaincode: '_lifecycle',
    version: 'syscc',
    sets: [{ namespace: '_lifecycle', writes }],
  });
}

/** Commits `cc`'s definition, unless it is there. Resolves when it is in force. */
export async function defineTestChaincode(
  ledger: ChannelLedger,
  orderer: Orderer,
  creator: NodeSigner,
  endorsers: readonly NodeSigner[],
): Promise<void> {
  if (ledger.chaincode('cc') !== undefined) return;
  const { txId, envelope } = definitionTransaction(creator, endorsers);
  const committed = new Promise<void>((resolve) => {
    const stop = ledger.onCommit((block) => {
      if (!block.transactions.some((transaction) => transaction.txId === txId)) return;
      stop();
      resolve();
    });
  });
  await orderer.broadcast(sent(envelope));
  await committed;
}
