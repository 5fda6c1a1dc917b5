import type { peer } from '@hyperledger/fabric-protos';
import type { Identity, NodeSigner } from '../parts.js';
import {
  NOTHING,
  writeChaincodeAction,
  writeResponsePayload,
  type Endorsement,
  type Response,
} from '../wire/index.js';
import type { Proposal } from './proposal.js';

export interface ResponseParts {
  readonly proposal: Proposal;
  readonly version: string;
  readonly response: Response;
  readonly event: peer.ChaincodeEvent | undefined;
  /** Marshalled TxReadWriteSet. */
  readonly results: Uint8Array | undefined;
}

/** Marshalled ProposalResponsePayload. */
export function responsePayload({ proposal, version, response, event, results }: ResponseParts): Uint8Array {
  return writeResponsePayload({
    proposalHash: proposal.hash,
    extension: writeChaincodeAction({
      results: results ?? NOTHING,
      events: event?.serializeBinary() ?? NOTHING,
      response,
      chaincodeId: { name: proposal.chaincode, version },
    }),
  });
}

/**
 * The peer's signature over payload and its own identity, as Fabric's default endorsement has it.
 * @param self the signer as an identity of the channel: the channel's committer will verify what is signed here
 */
export function endorsement(
  payload: Uint8Array,
  signer: NodeSigner,
  self: Identity | undefined,
): Endorsement {
  const signed = Buffer.concat([payload, signer.serialized]);
  const signature = signer.sign(signed);
  self?.remember(signed, signature);
  return { endorser: signer.serialized, signature };
}
