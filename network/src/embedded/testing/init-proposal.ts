import { gateway as protos, peer } from '@hyperledger/fabric-protos';
import type { Gateway, Status } from '@hyperledger/fabric-gateway';

/** Calls a chaincode's `Init`, which the SDK has no option for: its proposal is changed before it is signed. */
export async function callInit(
  gateway: Gateway,
  channel: string,
  chaincode: string,
  parameters: readonly string[],
): Promise<Status> {
  const [name = '', ...rest] = parameters;
  const plain = gateway.getNetwork(channel).getContract(chaincode).newProposal(name, { arguments: rest });
  const proposal = gateway.newProposal(markedAsInit(plain.getBytes()));
  const transaction = await proposal.endorse();
  return (await transaction.submit()).getStatus();
}

function markedAsInit(bytes: Uint8Array): Uint8Array {
  const proposed = protos.ProposedTransaction.deserializeBinary(bytes);
  const signed = proposed.getProposal() ?? new peer.SignedProposal();
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8());
  const payload = peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8());
  const invocation = peer.ChaincodeInvocationSpec.deserializeBinary(payload.getInput_asU8());
  invocation.getChaincodeSpec()?.getInput()?.setIsInit(true);
  payload.setInput(invocation.serializeBinary());
  proposal.setPayload(payload.serializeBinary());
  signed.setProposalBytes(proposal.serializeBinary());
  return proposed.serializeBinary();
}
