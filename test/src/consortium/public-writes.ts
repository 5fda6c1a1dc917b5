import { common, ledger, msp, peer } from '@hyperledger/fabric-protos';

const { KVRWSet, HashedRWSet } = ledger.rwset.kvrwset;

/** What a transaction shows to everybody. */
export interface PublicPart {
  /** Function and arguments of the call. */
  arguments: string[];
  /** PEM of who sent it. */
  creator: string;
  writes: { namespace: string; key: string; value: Record<string, unknown> }[];
  /** SHA-256, in hex, of each private key that was read or written, and of each private value that was written. */
  privateHashes: string[];
}

/** @returns undefined for a configuration. */
export function publicPart(envelope: Uint8Array): PublicPart | undefined {
  const payload = common.Payload.deserializeBinary(
    common.Envelope.deserializeBinary(envelope).getPayload_asU8(),
  );
  const header = common.ChannelHeader.deserializeBinary(
    payload.getHeader()?.getChannelHeader_asU8() ?? Buffer.alloc(0),
  );
  if (header.getType() !== common.HeaderType.ENDORSER_TRANSACTION) return undefined;
  const [action] = peer.Transaction.deserializeBinary(payload.getData_asU8()).getActionsList();
  const content = peer.ChaincodeActionPayload.deserializeBinary(action?.getPayload_asU8() ?? Buffer.alloc(0));
  const response = peer.ProposalResponsePayload.deserializeBinary(
    content.getAction()?.getProposalResponsePayload_asU8() ?? Buffer.alloc(0),
  );
  const results = peer.ChaincodeAction.deserializeBinary(response.getExtension_asU8()).getResults_asU8();
  const sets = ledger.rwset.TxReadWriteSet.deserializeBinary(results).getNsRwsetList();
  return {
    arguments: argumentsOf(content),
    creator: creatorOf(payload),
    writes: sets.flatMap(writesOf),
    privateHashes: sets.flatMap(privateHashesOf),
  };
}

function writesOf(set: ledger.rwset.NsReadWriteSet): PublicPart['writes'] {
  return KVRWSet.deserializeBinary(set.getRwset_asU8())
    .getWritesList()
    .filter((write) => write.getValue_asU8().length > 0)
    .map((write) => ({
      namespace: set.getNamespace(),
      key: write.getKey(),
      value: parse(write.getValue_asU8()),
    }));
}

function privateHashesOf(set: ledger.rwset.NsReadWriteSet): string[] {
  return set
    .getCollectionHashedRwsetList()
    .map((collection) => HashedRWSet.deserializeBinary(collection.getHashedRwset_asU8()))
    .flatMap((hashed) => [
      ...hashed.getHashedReadsList().map((read) => read.getKeyHash_asU8()),
      ...hashed
        .getHashedWritesList()
        .flatMap((write) => [write.getKeyHash_asU8(), write.getValueHash_asU8()]),
    ])
    .map((hash) => Buffer.from(hash).toString('hex'))
    .filter((hash) => hash !== '');
}

function creatorOf(payload: common.Payload): string {
  const header = common.SignatureHeader.deserializeBinary(
    payload.getHeader()?.getSignatureHeader_asU8() ?? Buffer.alloc(0),
  );
  const identity = msp.SerializedIdentity.deserializeBinary(header.getCreator_asU8());
  return Buffer.from(identity.getIdBytes_asU8()).toString();
}

function argumentsOf(content: peer.ChaincodeActionPayload): string[] {
  const proposal = peer.ChaincodeProposalPayload.deserializeBinary(
    content.getChaincodeProposalPayload_asU8(),
  );
  const invocation = peer.ChaincodeInvocationSpec.deserializeBinary(proposal.getInput_asU8());
  const input = invocation.getChaincodeSpec()?.getInput();
  return (input?.getArgsList_asU8() ?? []).map((bytes) => Buffer.from(bytes).toString());
}

/** Lifecycle and system values are no JSON. */
function parse(bytes: Uint8Array): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
  } catch {
    return {};
  }
}
