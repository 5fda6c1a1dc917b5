import { gateway, peer } from '@hyperledger/fabric-protos';
import { outcome } from './calls.js';
import { contractOf, gatewayOf, org1 } from './clients.js';
import { changedProposal } from './drafts.js';

/**
 * Submits a call as the chaincode's initialisation, which the SDK has no word for.
 * @returns the verdict.
 */
export async function initialise(chaincode: string, name: string, ...args: string[]): Promise<string> {
  const { client } = org1.identities;
  let transactionId = '';
  const markInit = ({
    channelHeader,
    payload,
  }: Parameters<Parameters<typeof changedProposal>[2]>[0]): void => {
    const spec = peer.ChaincodeInvocationSpec.deserializeBinary(payload.getInput_asU8());
    spec.getChaincodeSpec()?.getInput()?.setIsInit(true);
    payload.setInput(spec.serializeBinary());
    transactionId = channelHeader.getTxId();
  };
  const proposal = await changedProposal(contractOf(chaincode), client, markInit, name, { arguments: args });
  const proposed = new gateway.ProposedTransaction();
  proposed.setTransactionId(transactionId);
  proposed.setProposal(proposal);
  const signed = gatewayOf(client).newSignedProposal(
    proposed.serializeBinary(),
    proposal.getSignature_asU8(),
  );
  return (await outcome(await (await signed.endorse()).submit())).code;
}
