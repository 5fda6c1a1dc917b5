import type { Contract, Status } from '@hyperledger/fabric-gateway';
import { peer } from '@hyperledger/fabric-protos';
import type { NetworkUser } from '../consortium/index.js';
import { COLLECTION, HOT, type Acknowledged } from './gateway-load.js';

const { VALID } = peer.TxValidationCode;

/** A status that was told once is there at once; without an answer for so long it is lost. */
const LOST_MS = 120_000;

/** All that clients were told, and what they sent: every commit status is for ever. */
export class Acknowledgements {
  /** Whether a transaction adds to the hot key; those that nobody told of are among them. */
  readonly sent = new Map<string, boolean>();
  readonly #told = new Map<string, Status>();
  /** Since somebody last asked again. */
  #fresh: Acknowledged[] = [];

  get count(): number {
    return this.#told.size;
  }

  add(acknowledged: Acknowledged): void {
    this.#told.set(acknowledged.status.transactionId, acknowledged.status);
    this.#fresh.push(acknowledged);
  }

  /** Asks the gateway service again, and reads what was written. @throws Error naming what is not as it was told. */
  async askAgain({ gateway }: NetworkUser, contract: Contract): Promise<void> {
    const read = async (...[call, ...parameters]: [string, ...string[]]): Promise<string> =>
      Buffer.from(await contract.evaluateTransaction(call, ...parameters)).toString();
    const again = async ({ status, request, key }: Acknowledged): Promise<void> => {
      const now = await gateway.newCommit(request).getStatus({ deadline: Date.now() + LOST_MS });
      if (text(now) !== text(status)) {
        throw new Error(`${status.transactionId} was told ${text(status)}, and is ${text(now)}`);
      }
      const values = [await read('get', key), await read('getPrivate', COLLECTION, key)];
      const expected = status.code === VALID ? [key, `private ${key}`] : ['', ''];
      if (values.join() !== expected.join()) {
        throw new Error(`${status.transactionId} wrote ${values.join()}, not ${expected.join()}`);
      }
    };
    await Promise.all(this.#fresh.map(again));
    this.#fresh = [];
  }

  /**
   * Reads every block from 0 on: all that was ever told is in it once, and the hot key is what the blocks say.
   * @returns the number of blocks.
   * @throws Error naming what was lost, is there twice, or differs.
   */
  async compareWithBlocks(user: NetworkUser, channel: string, contract: Contract): Promise<number> {
    const { blocks, verdicts } = await readBlocks(user, channel, contract);
    for (const { transactionId, code } of this.#told.values()) {
      const found = verdicts.get(transactionId) ?? [];
      if (found.length === 0) throw new Error(`${transactionId} was acknowledged, and is lost`);
      if (found.length > 1)
        throw new Error(`${transactionId} is ${String(found.length)} times in the blocks`);
      if (found[0] !== code)
        throw new Error(`${transactionId} was told ${String(code)}, not ${String(found[0])}`);
    }
    const added = [...this.sent].filter(([txId, isHot]) => isHot && verdicts.get(txId)?.[0] === VALID);
    const hot = Buffer.from(await contract.evaluateTransaction('get', HOT)).toString();
    if (hot !== String(added.length)) {
      throw new Error(`the hot key is ${hot} after ${String(added.length)} valid transactions that add 1`);
    }
    return blocks;
  }
}

/** The verdicts of every transaction id, in the order of the blocks. */
async function readBlocks(
  { gateway }: NetworkUser,
  channel: string,
  contract: Contract,
): Promise<{ blocks: number; verdicts: Map<string, number[]> }> {
  const last = await (await contract.submitAsync('echo')).getStatus();
  const verdicts = new Map<string, number[]>();
  const events = await gateway.getNetwork(channel).getFilteredBlockEvents({ startBlock: 0n });
  try {
    for await (const block of events) {
      for (const transaction of block.getFilteredTransactionsList()) {
        const codes = verdicts.get(transaction.getTxid()) ?? [];
        verdicts.set(transaction.getTxid(), [...codes, transaction.getTxValidationCode()]);
      }
      if (BigInt(block.getNumber()) === last.blockNumber) break;
    }
  } finally {
    events.close();
  }
  return { blocks: Number(last.blockNumber) + 1, verdicts };
}

function text({ code, blockNumber }: Status): string {
  return `${String(code)} in block ${String(blockNumber)}`;
}
