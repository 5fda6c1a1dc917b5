import { createHash } from 'node:crypto';
import type { Contract, ProposalOptions } from '@hyperledger/fabric-gateway';
import { common, gateway, peer } from '@hyperledger/fabric-protos';
import type { NetworkIdentity } from '../network.js';
import { signAs } from './clients.js';

/** The messages inside a proposal, so that a scenario can change one before the next is made of it. */
export interface ProposalDraft {
  readonly channelHeader: common.ChannelHeader;
  readonly signatureHeader: common.SignatureHeader;
  readonly payload: peer.ChaincodeProposalPayload;
}

/** The proposal that the SDK makes of a call, taken apart. */
export function draftProposal(
  contract: Contract,
  name: string,
  options: ProposalOptions = {},
): ProposalDraft {
  const proposed = gateway.ProposedTransaction.deserializeBinary(
    contract.newProposal(name, options).getBytes(),
  );
  const signed = proposed.getProposal() ?? new peer.SignedProposal();
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8());
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8());
  return {
    channelHeader: common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8()),
    signatureHeader: common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8()),
    payload: peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8()),
  };
}

export function headerOf({ channelHeader, signatureHeader }: ProposalDraft): common.Header {
  const header = new common.Header();
  header.setChannelHeader(channelHeader.serializeBinary());
  header.setSignatureHeader(signatureHeader.serializeBinary());
  return header;
}

export async function signProposal(
  draft: ProposalDraft,
  signer: NetworkIdentity,
): Promise<peer.SignedProposal> {
  const proposal = new peer.Proposal();
  proposal.setHeader(headerOf(draft).serializeBinary());
  proposal.setPayload(draft.payload.serializeBinary());
  const signed = new peer.SignedProposal();
  signed.setProposalBytes(proposal.serializeBinary());
  signed.setSignature(await signAs(signer, signed.getProposalBytes_asU8()));
  return signed;
}

/** A call's proposal with changes, signed by that identity. */
export async function changedProposal(
  contract: Contract,
  signer: NetworkIdentity,
  change: (draft: ProposalDraft) => void,
  name = 'echo',
  options: ProposalOptions = {},
): Promise<peer.SignedProposal> {
  const draft = draftProposal(contract, name, options);
  change(draft);
  return signProposal(draft, signer);
}

/** Fabric's rule: the hash of nonce and creator. */
export function transactionIdOf(header: common.SignatureHeader): string {
  return createHash('sha256').update(header.getNonce_asU8()).update(header.getCreator_asU8()).digest('hex');
}
