import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { peer } from '@hyperledger/fabric-protos';

const { ChaincodeMessage } = peer;
type Message = peer.ChaincodeMessage;
type Stream = ServerDuplexStream<Message, Message>;

/** How it answers a transaction; a function gets the stream to do as it likes. */
export type Behaviour = (stream: Stream, transaction: Message) => void;

/** A chaincode service that registers as it should, and then does what the shim never would. */
export class RogueChaincode {
  #server = new Server();
  behaviour: Behaviour = answer(200, 'well-behaved');

  async serve(id: string, address: string): Promise<void> {
    const connect = (stream: Stream): void => {
      stream.on('error', () => undefined);
      stream.on('data', (message: Message) => {
        if (message.getType() === ChaincodeMessage.Type.TRANSACTION) this.behaviour(stream, message);
      });
      const chaincodeId = new peer.ChaincodeID();
      chaincodeId.setName(id);
      const register = new ChaincodeMessage();
      register.setType(ChaincodeMessage.Type.REGISTER);
      register.setPayload(chaincodeId.serializeBinary());
      stream.write(register);
    };
    this.#server = new Server();
    this.#server.addService(peer.ChaincodeService, { connect });
    await new Promise<void>((resolve, reject) => {
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }

  close(): void {
    this.#server.forceShutdown();
  }
}

/** A message about that transaction. */
export function about(
  transaction: Message,
  type: keyof peer.ChaincodeMessage.TypeMap,
  payload: Uint8Array = new Uint8Array(),
): Message {
  const message = new ChaincodeMessage();
  message.setType(ChaincodeMessage.Type[type]);
  message.setTxid(transaction.getTxid());
  message.setChannelId(transaction.getChannelId());
  message.setPayload(payload);
  return message;
}

/** A proper response. */
export function answer(status: number, text: string): Behaviour {
  return (stream, transaction) => {
    const response = new peer.Response();
    response.setStatus(status);
    response.setPayload(Buffer.from(text));
    stream.write(about(transaction, 'COMPLETED', response.serializeBinary()));
  };
}
