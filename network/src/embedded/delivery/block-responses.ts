import { common, peer } from '@hyperledger/fabric-protos';
import type { CommittedBlock } from '../parts.js';
import { envelopeType, filteredBlock } from './filtered-block.js';
import { blockAndPrivateData, type Audience } from './private-data.js';

/** Marshalled DeliverResponse messages. */
export type ResponseOf = (block: CommittedBlock) => Buffer;

function marshalled(response: peer.DeliverResponse): Buffer {
  return Buffer.from(response.serializeBinary());
}

/** Marshals once a block, however many streams it goes to. */
function once(make: ResponseOf): ResponseOf {
  const known = new WeakMap<CommittedBlock, Buffer>();
  return (block) => {
    let bytes = known.get(block);
    if (bytes === undefined) {
      bytes = make(block);
      known.set(block, bytes);
    }
    return bytes;
  };
}

export function statusResponse(status: common.StatusMap[keyof common.StatusMap]): Buffer {
  const response = new peer.DeliverResponse();
  response.setStatus(status);
  return marshalled(response);
}

export const fullBlockResponse = once(({ block }) => {
  const response = new peer.DeliverResponse();
  response.setBlock(block);
  return marshalled(response);
});

/** Peers mark transactions and add the commit hash; both places are empty in what an orderer has. */
export const orderedBlockResponse = once(({ block }) => {
  const entries = [...(block.getMetadata()?.getMetadataList_asU8() ?? [])];
  const { TRANSACTIONS_FILTER, COMMIT_HASH } = common.BlockMetadataIndex;
  for (const index of [TRANSACTIONS_FILTER, COMMIT_HASH]) {
    if (index < entries.length) entries[index] = new Uint8Array();
  }
  const metadata = new common.BlockMetadata();
  metadata.setMetadataList(entries);
  const ordered = new common.Block();
  ordered.setHeader(block.getHeader());
  ordered.setData(block.getData());
  ordered.setMetadata(metadata);
  // orderer.DeliverResponse has status and block in the same places.
  const response = new peer.DeliverResponse();
  response.setBlock(ordered);
  return marshalled(response);
});

/** Without its transactions; a configuration block comes whole, as on Fabric. */
export const headerResponse = once((committed) => {
  const { block } = committed;
  const [first] = block.getData()?.getDataList_asU8() ?? [];
  if (first !== undefined && envelopeType(first) === common.HeaderType.CONFIG) {
    return fullBlockResponse(committed);
  }
  const bare = new common.Block();
  bare.setHeader(block.getHeader());
  bare.setMetadata(block.getMetadata());
  const response = new peer.DeliverResponse();
  response.setBlock(bare);
  return marshalled(response);
});

export function filteredBlockResponse(channelId: string): ResponseOf {
  return once((block) => {
    const response = new peer.DeliverResponse();
    response.setFilteredBlock(filteredBlock(channelId, block));
    return marshalled(response);
  });
}

/** Not kept: what it shows depends on who asks. */
export function privateDataResponse(block: CommittedBlock, audience: Audience): Buffer {
  const response = new peer.DeliverResponse();
  response.setBlockAndPrivateData(blockAndPrivateData(block, audience));
  return marshalled(response);
}
