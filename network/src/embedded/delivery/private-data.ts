import { ledger, peer } from '@hyperledger/fabric-protos';
import type { ChannelLedger, CommittedBlock } from '../parts.js';

/**
 * Whose eyes a block's private data is for. A collection with `memberOnlyRead` is for members; as on Fabric, any other
 * one (the implicit ones are such) goes to whoever may read the blocks, from the peers that hold it.
 */
export interface Audience {
  readonly ledger: ChannelLedger;
  /** The organisation whose peer answers: it holds nothing of other collections. */
  readonly peerMspId: string;
  readonly requesterMspId: string;
}

/**
 * A block with the private data that the audience may see, by transaction number. As on Fabric's peer, the data of
 * invalid transactions comes along where the ledger kept it.
 */
export function blockAndPrivateData(committed: CommittedBlock, audience: Audience): peer.BlockAndPrivateData {
  const message = new peer.BlockAndPrivateData();
  message.setBlock(committed.block);
  const byNumber = message.getPrivateDataMapMap();
  committed.transactions.forEach(({ privateData }, index) => {
    const visible = privateData && visibleSets(privateData, audience);
    if (visible !== undefined) byNumber.set(index, visible);
  });
  return message;
}

function visibleSets(
  all: ledger.rwset.TxPvtReadWriteSet,
  { ledger: channel, peerMspId, requesterMspId }: Audience,
): ledger.rwset.TxPvtReadWriteSet | undefined {
  const visible = new ledger.rwset.TxPvtReadWriteSet();
  visible.setDataModel(all.getDataModel());
  for (const namespace of all.getNsPvtRwsetList()) {
    const definition = channel.chaincode(namespace.getNamespace());
    if (definition === undefined) continue;
    const shown = namespace.getCollectionPvtRwsetList().filter((set) => {
      const { memberOrgs = [], memberOnlyRead } = definition.collection(set.getCollectionName()) ?? {};
      return (
        memberOrgs.includes(peerMspId) && (memberOnlyRead === false || memberOrgs.includes(requesterMspId))
      );
    });
    if (shown.length === 0) continue;
    const part = visible.addNsPvtRwset();
    part.setNamespace(namespace.getNamespace());
    part.setCollectionPvtRwsetList(shown);
  }
  return visible.getNsPvtRwsetList().length === 0 ? undefined : visible;
}
