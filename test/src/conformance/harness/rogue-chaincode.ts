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
  /** What the peer sent with READY. */
  readyWith: Uint8Array = new Uint8Array();
  readonly #asked = new Map<string, (reply: Message) => void>();

  async serve(id: string, address: string): Promise<void> {
    const connect = (stream: Stream): void => {
      stream.on('error', () => undefined);
      stream.on('data', (message: Message) => {
        this.#receive(stream, message);
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

  /** Sends a request inside a transaction. @returns the peer's RESPONSE or ERROR. */
  ask(stream: Stream, request: Message): Promise<Message> {
    return new Promise((resolve) => {
      this.#asked.set(request.getTxid(), resolve);
      stream.write(request);
    });
  }

  #receive(stream: Stream, message: Message): void {
    const { READY, TRANSACTION, RESPONSE, ERROR } = ChaincodeMessage.Type;
    switch (message.getType()) {
      case READY:
        this.readyWith = message.getPayload_asU8();
        break;
      case TRANSACTION:
        this.behaviour(stream, message);
        break;
      case RESPONSE:
      case ERROR:
        this.#asked.get(message.getTxid())?.(message);
        this.#asked.delete(message.getTxid());
        break;
      default:
    }
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

/** A proper response; the text is its payload, or its message where it is a refusal. */
export function answer(status: number, text: string): Behaviour {
  return (stream, transaction) => {
    const response = new peer.Response();
    response.setStatus(status);
    if (status < 400) response.setPayload(Buffer.from(text));
    else response.setMessage(text);
    stream.write(about(transaction, 'COMPLETED', response.serializeBinary()));
  };
}
