import { peer } from '@hyperledger/fabric-protos';
import type { ChaincodeMessage } from '../wire/index.js';
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
  { type, payload, txId, channelId }: ChaincodeMessage,
  reply: (answer: ChaincodeMessage) => void,
): void {
  // The shim finds the waiting call by channel and transaction, so they are echoed as they came.
  const respond = (answer: Uint8Array): void => {
    reply({ type: Type.RESPONSE, payload: answer, txId, channelId });
  };
  const refuse = (error: unknown): void => {
    const text = Buffer.from(failureText(type, txId, error));
    reply({ type: Type.ERROR, payload: text, txId, channelId });
  };
  try {
    if (requests === undefined) throw noTransaction(type);
    const answer = requests.answer(type, payload);
    if (answer instanceof Uint8Array) respond(answer);
    else answer.then(respond, refuse);
  } catch (error) {
    refuse(error);
  }
}
