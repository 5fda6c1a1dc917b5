import { EventEmitter } from 'node:events';
import type { peer } from '@hyperledger/fabric-protos';
import type { MessageStream } from './chaincode-session.js';
import type { ShimStream } from './shim-library.js';

type Message = peer.ChaincodeMessage;

/**
 * A shim's stream without a network: what one side writes, the other gets, in order, by reference, and not before the
 * writer's turn is over. Once either side has ended it, nothing comes any more.
 */
export function inMemoryStream(): { readonly peer: MessageStream; readonly shim: ShimStream } {
  const events = new EventEmitter();
  let isOpen = true;
  const end = (): void => {
    if (!isOpen) return;
    isOpen = false;
    events.emit('end');
  };
  let toPeer: (message: Message) => void = () => undefined;
  const peerQueue = new Queue((message) => {
    if (isOpen) toPeer(message);
  });
  const shimQueue = new Queue((message) => {
    if (isOpen) events.emit('data', message);
  });
  return {
    peer: {
      write(message) {
        shimQueue.add(message);
      },
      cancel: end,
      onMessage(listener) {
        toPeer = listener;
      },
      onEnd(listener) {
        events.on('end', () => {
          listener('the chaincode ended the stream');
        });
      },
    },
    shim: {
      on: (event: string, listener: (value: Message & Error) => void) => events.on(event, listener),
      write(message) {
        peerQueue.add(message);
      },
      end,
    },
  };
}

/** Hands on in a later turn: a chaincode that asks for much would otherwise nest as deep as it asks. */
class Queue {
  readonly #deliver: (message: Message) => void;
  #waiting: Message[] = [];

  constructor(deliver: (message: Message) => void) {
    this.#deliver = deliver;
  }

  add(message: Message): void {
    this.#waiting.push(message);
    if (this.#waiting.length === 1) queueMicrotask(this.#drain);
  }

  readonly #drain = (): void => {
    const messages = this.#waiting;
    this.#waiting = [];
    for (const message of messages) this.#deliver(message);
  };
}
