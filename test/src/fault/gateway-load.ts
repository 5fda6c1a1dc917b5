import { EndorseError, type Contract, type Status } from '@hyperledger/fabric-gateway';

/** What a client was told of a transaction that it had sent. */
export interface Acknowledged {
  readonly status: Status;
  /** For asking again: the SDK's commit request. */
  readonly request: Uint8Array;
  readonly key: string;
}

const IN_FLIGHT = 16;
/** Every so many transactions read and write one hot key, so that some conflict. */
const HOT_EVERY = 5;
export const HOT = 'hot';
export const COLLECTION = 'pair';

/**
 * Submits through the gateway service and waits for each commit status, many at a time, until the connection is lost
 * or `stop` is called.
 */
export class GatewayLoad {
  readonly #sent: Map<string, boolean>;
  readonly #contract: Contract;
  readonly #onAcknowledged: (acknowledged: Acknowledged) => void;
  #stopped = false;
  #failure: unknown;

  /** @param sent Gets every transaction that is sent off, told or not: whether it adds to the hot key. */
  constructor(
    contract: Contract,
    sent: Map<string, boolean>,
    onAcknowledged: (acknowledged: Acknowledged) => void,
  ) {
    this.#contract = contract;
    this.#sent = sent;
    this.#onAcknowledged = onAcknowledged;
  }

  /** Resolves when it has stopped. @throws the error that a call ended with before `stop` was called. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: IN_FLIGHT }, () => this.#work()));
    if (this.#failure !== undefined) throw this.#failure;
  }

  stop(): void {
    this.#stopped = true;
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#submit();
      } catch (error) {
        if (disagrees(error)) continue;
        // What goes wrong with a ledger that is being killed is what a client has to expect.
        if (!this.#stopped) this.#failure ??= error;
        this.#stopped = true;
      }
    }
  }

  async #submit(): Promise<void> {
    const number = this.#sent.size;
    const key = `key-${String(number)}`;
    const isHot = number % HOT_EVERY === 0;
    const steps = [
      ['put', key, key],
      ['putPrivateValue', COLLECTION, key, `private ${key}`],
      ...(isHot ? [['increment', HOT]] : []),
    ];
    const proposal = this.#contract.newProposal('steps', { arguments: [JSON.stringify(steps)] });
    // Before it is sent: whatever becomes of it, it is one of ours.
    this.#sent.set(proposal.getTransactionId(), isHot);
    const submitted = await (await proposal.endorse()).submit();
    const status = await submitted.getStatus();
    this.#onAcknowledged({ status, request: submitted.getBytes(), key });
  }
}

/** A block came between two endorsements that read the hot key: nothing was submitted. */
function disagrees(error: unknown): boolean {
  return (
    error instanceof EndorseError &&
    error.details.some(({ message }) => message === 'ProposalResponsePayloads do not match')
  );
}
