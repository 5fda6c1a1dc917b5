import { peer } from '@hyperledger/fabric-protos';
import { messageTypeName, type StateRequests } from './state-requests.js';

const { Type } = peer.ChaincodeMessage;

/** Why a peer does not do what a chaincode asks, in Fabric's words. */
export function failureText(type: number, txId: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `${messageTypeName(type)} failed: transaction ID: ${txId}: ${reason}`;
}

/** That a transaction which is over, or never was, asks for something. */
export function noTransaction(type: number): Error {
  return new Error(type === Type.INVOKE_CHAINCODE ? 'could not get valid transaction' : 'no ledger context');
}

/** Answers what a running chaincode asks of its peer, at once or later: RESPONSE, or ERROR with the reason. */
export function answerRequest(
  requests: StateRequests | undefined,
  request: peer.ChaincodeMessage,
  reply: (answer: peer.ChaincodeMessage) => void,
): void {
  const type = request.getType();
  const send = (as: typeof Type.RESPONSE | typeof Type.ERROR, payload: Uint8Array): void => {
    const message = new peer.ChaincodeMessage();
    message.setType(as);
    message.setPayload(payload);
    // The shim finds the waiting call by these two, so they are echoed as they came.
    message.setTxid(request.getTxid());
    message.setChannelId(request.getChannelId());
    reply(message);
  };
  const refuse = (error: unknown): void => {
    send(Type.ERROR, Buffer.from(failureText(type, request.getTxid(), error)));
  };
  try {
    if (requests === undefined) throw noTransaction(type);
    const answer = requests.answer(type, request.getPayload_asU8());
    if (answer instanceof Uint8Array) send(Type.RESPONSE, answer);
    else {
      answer.then((payload) => {
        send(Type.RESPONSE, payload);
      }, refuse);
    }
  } catch (error) {
    refuse(error);
  }
}
