import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  checkpointers,
  type Checkpoint,
  type ChaincodeEvent,
  type CloseableAsyncIterable,
} from '@hyperledger/fabric-gateway';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newKey, submit } from '../harness/calls.js';
import { channelOf, contractOf, org1 } from '../harness/clients.js';
import { SINGLE } from '../harness/standing-chaincodes.js';
import { take, takeUntil } from '../harness/streams.js';

const channel = channelOf(org1.identities.client);
const single = contractOf(SINGLE);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** As an application that starts anew finds it. */
const fromFile = (): ReturnType<typeof checkpointers.file> =>
  checkpointers.file(join(folder, 'position.json'));

interface Kind {
  readonly name: string;
  /** Numbers of blocks. */
  readonly open: (options: {
    startBlock?: bigint;
    checkpoint?: Checkpoint;
  }) => Promise<CloseableAsyncIterable<number>>;
}

const kinds: readonly Kind[] = [
  {
    name: 'blocks',
    open: async (options) =>
      mapped(await channel.getBlockEvents(options), (block) => block.getHeader()?.getNumber() ?? -1),
  },
  {
    name: 'filtered blocks',
    open: async (options) =>
      mapped(await channel.getFilteredBlockEvents(options), (block) => block.getNumber()),
  },
  {
    name: 'blocks with private data',
    open: async (options) =>
      mapped(
        await channel.getBlockAndPrivateDataEvents(options),
        (event) => event.getBlock()?.getHeader()?.getNumber() ?? -1,
      ),
  },
];

describe.each(kinds)('a stream of $name with a checkpoint in a file', ({ open }) => {
  it('goes on where the last one was left: nothing twice, nothing lost', async () => {
    const { block } = await submit(single, 'put', newKey(), '1');
    const last = Number(block);
    const seen: number[] = [];
    for (let run = 0; run < 3; run += 1) {
      const checkpoint = await fromFile();
      const events = await open({ startBlock: BigInt(last - 2), checkpoint });
      await takeUntil(events, (number) => {
        seen.push(number);
        return true;
      });
      await checkpoint.checkpointBlock(BigInt(seen.at(-1) ?? -1));
    }
    expect(seen).toEqual([last - 2, last - 1, last]);
  });

  it('sends a block again that was not checkpointed', async () => {
    const { block } = await submit(single, 'put', newKey(), '1');
    const startBlock = block - 1n;
    const first = await take(await open({ startBlock, checkpoint: await fromFile() }), 1);
    const again = await take(await open({ startBlock, checkpoint: await fromFile() }), 1);
    expect([...first, ...again]).toEqual([Number(startBlock), Number(startBlock)]);
  });

  it('looks at the checkpoint, not at the start position, once there is one', async () => {
    const { block } = await submit(single, 'put', newKey(), '1');
    const checkpoint = await fromFile();
    await checkpoint.checkpointBlock(block - 1n);
    const [number] = await take(await open({ startBlock: 0n, checkpoint }), 1);
    expect(number).toBe(Number(block));
  });

  it('waits for the next block where all were seen', async () => {
    const { block } = await submit(single, 'put', newKey(), '1');
    const checkpoint = await fromFile();
    await checkpoint.checkpointBlock(block);
    const waiting = take(await open({ checkpoint }), 1);
    await submit(single, 'put', newKey(), '1');
    expect(await waiting).toEqual([Number(block) + 1]);
  });
});

describe('a stream of chaincode events with a checkpoint in a file', () => {
  it('goes on after the event that was dealt with last, also inside a block', async () => {
    const prefix = newKey('event');
    const names = Array.from({ length: 6 }, (_, i) => `${prefix}-${String(i)}`);
    const emitted = await Promise.all(names.map((name) => submit(single, 'event', name, '')));
    const startBlock = emitted.map(({ block }) => block).reduce((a, b) => (a < b ? a : b));
    const seen: string[] = [];
    while (seen.length < names.length) {
      const checkpoint = await fromFile();
      const events = await channel.getChaincodeEvents(SINGLE, { startBlock, checkpoint });
      // One event, and the application ends.
      const found = await takeUntil(events, ({ eventName }) => eventName.startsWith(prefix));
      const event = found.at(-1) as ChaincodeEvent;
      seen.push(event.eventName);
      await checkpoint.checkpointChaincodeEvent(event);
    }
    expect([...seen].sort()).toEqual(names);
    expect(new Set(emitted.map(({ code }) => code))).toEqual(new Set(['VALID']));
  });
});

function mapped<T>(
  stream: CloseableAsyncIterable<T>,
  map: (one: T) => number,
): CloseableAsyncIterable<number> {
  return {
    close: () => {
      stream.close();
    },
    [Symbol.dispose]: () => {
      stream.close();
    },
    async *[Symbol.asyncIterator]() {
      for await (const one of stream) yield map(one);
    },
  };
}
