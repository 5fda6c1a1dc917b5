import * as grpc from '@grpc/grpc-js';
import { createPrivateKey } from 'node:crypto';
import { type Network, connect, hash, signers } from '@hyperledger/fabric-gateway';
import { common, ledger, type peer } from '@hyperledger/fabric-protos';
import type { Consortium } from './consortium.js';

const { KVRWSet } = ledger.rwset.kvrwset;

/** A private value that somebody was given in plain text. */
export interface PrivateValue {
  transaction: number;
  collection: string;
  key: string;
  value: Record<string, unknown>;
}

/** One block as a peer gives it to one identity. */
export interface BlockView {
  number: number;
  /** Everything that is not private, whole: envelopes with arguments, responses, events, keys, hashes. */
  bytes: Buffer;
  /** The same, transaction by transaction. */
  envelopes: Buffer[];
  private: PrivateValue[];
}

/** A user of one organisation at the peer of the same, or of another one. */
export interface Viewer {
  organisation: string;
  user?: string;
  at?: string;
}

/** The channel as any Fabric client reaches it. @returns what `use` returns; the connection is closed then. */
export async function onChannel<T>(
  consortium: Consortium,
  { organisation, user = 'auditor', at = organisation }: Viewer,
  use: (network: Network) => Promise<T>,
): Promise<T> {
  const { mspId, certificate, privateKey } = await consortium.identity(organisation, user);
  const { ca } = await consortium.gateway(at);
  const [node] = consortium.organisation(at).peers;
  const client = new grpc.Client(
    `localhost:${String(node?.port)}`,
    grpc.credentials.createSsl(Buffer.from(ca)),
  );
  const gateway = connect({
    client,
    identity: { mspId, credentials: Buffer.from(certificate) },
    signer: signers.newPrivateKeySigner(createPrivateKey(privateKey)),
    hash: hash.sha256,
  });
  try {
    return await use(gateway.getNetwork(consortium.topology.channel));
  } finally {
    gateway.close();
    client.close();
  }
}

export async function height(consortium: Consortium, viewer: Viewer): Promise<number> {
  return onChannel(consortium, viewer, async (network) => {
    const info = await network
      .getContract('qscc')
      .evaluateTransaction('GetChainInfo', consortium.topology.channel);
    return common.BlockchainInfo.deserializeBinary(info).getHeight();
  });
}

/** Every block from one on up to now, with every private value that the viewer is given (DeliverWithPrivateData). */
export async function ledgerAsSeenBy(consortium: Consortium, viewer: Viewer, from = 0): Promise<BlockView[]> {
  const count = await height(consortium, viewer);
  return onChannel(consortium, viewer, async (network) => {
    const events = await network.getBlockAndPrivateDataEvents({ startBlock: BigInt(from) });
    const blocks: BlockView[] = [];
    try {
      for await (const event of events) {
        blocks.push(view(event));
        if (blocks.length === count - from) break;
      }
    } finally {
      events.close();
    }
    return blocks;
  });
}

function view(event: peer.BlockAndPrivateData): BlockView {
  const block = event.getBlock();
  if (!block) throw new Error('an event without a block');
  const values: PrivateValue[] = [];
  event.getPrivateDataMapMap().forEach((sets, transaction) => {
    for (const namespace of sets.getNsPvtRwsetList()) {
      // Fabric's own: what an organisation approved of the contracts, in its own implicit collection.
      if (namespace.getNamespace() === '_lifecycle') continue;
      for (const collection of namespace.getCollectionPvtRwsetList()) {
        for (const write of KVRWSet.deserializeBinary(collection.getRwset_asU8()).getWritesList()) {
          const text = Buffer.from(write.getValue_asU8()).toString();
          values.push({
            transaction,
            collection: collection.getCollectionName(),
            key: write.getKey(),
            value: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
          });
        }
      }
    }
  });
  return {
    number: block.getHeader()?.getNumber() ?? 0,
    bytes: Buffer.from(block.serializeBinary()),
    envelopes: (block.getData()?.getDataList_asU8() ?? []).map((bytes) => Buffer.from(bytes)),
    private: values,
  };
}
