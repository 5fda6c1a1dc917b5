import { common } from '@hyperledger/fabric-protos';
import { Problem } from '../errors.js';
import type { CommitOutcome, CommitWaiter } from '../ports.js';

const TRANSACTIONS_FILTER = common.BlockMetadataIndex.TRANSACTIONS_FILTER;

export interface CommitWaiterOptions {
  /** Asks the peer; undefined where it does not know the transaction (yet). */
  readonly ask: (transactionId: string) => Promise<CommitOutcome | undefined>;
  /** How long a live stream may be silent about a transaction before the peer is asked. */
  readonly graceMs?: number;
  /** After that long the outcome is unknown. */
  readonly giveUpMs?: number;
}

/** Resolves transactions from the blocks that are shown to it. */
export interface BlockCommitWaiter extends CommitWaiter {
  observe(block: common.Block): void;
  /** Is the stream being read now? */
  setLive(live: boolean): void;
}

interface Pending {
  resolve(outcome: CommitOutcome): void;
  reject(error: Problem): void;
}

export function createCommitWaiter(options: CommitWaiterOptions): BlockCommitWaiter {
  const { ask, graceMs = 3_000, giveUpMs = 45_000 } = options;
  const pending = new Map<string, Pending>();
  let live = false;

  const askUntilKnown = async (id: string, until: number): Promise<void> => {
    while (pending.has(id)) {
      const outcome = await ask(id).catch(() => undefined);
      if (outcome !== undefined) {
        pending.get(id)?.resolve(outcome);
        return;
      }
      if (Date.now() > until) {
        pending.get(id)?.reject(
          new Problem('COMMIT_UNKNOWN', 'the transaction was sent; its outcome is not known yet', {
            transactionId: id,
            retryAfter: 5,
          }),
        );
        return;
      }
      await new Promise((resume) => setTimeout(resume, 250).unref());
    }
  };

  return {
    expect(transactionId) {
      const until = Date.now() + giveUpMs;
      let timer: NodeJS.Timeout | undefined;
      const outcome = new Promise<CommitOutcome>((resolve, reject) => {
        pending.set(transactionId, { resolve, reject });
        timer = setTimeout(() => void askUntilKnown(transactionId, until), live ? graceMs : 100);
      }).finally(() => {
        clearTimeout(timer);
        pending.delete(transactionId);
      });
      // Who cancels does not listen any more.
      outcome.catch(() => undefined);
      return {
        outcome,
        cancel: () => {
          clearTimeout(timer);
          pending.delete(transactionId);
        },
      };
    },
    observe(block) {
      if (pending.size === 0) return;
      for (const outcome of outcomesOf(block)) {
        const waiting = pending.get(outcome.transactionId);
        // Gone at once, so that a second transaction of the same id (invalid as a duplicate) cannot speak for it.
        pending.delete(outcome.transactionId);
        waiting?.resolve(outcome);
      }
    },
    setLive(now) {
      live = now;
    },
  };
}

function* outcomesOf(block: common.Block): Generator<CommitOutcome> {
  const number = block.getHeader()?.getNumber() ?? 0;
  const codes = block.getMetadata()?.getMetadataList_asU8()[TRANSACTIONS_FILTER] ?? new Uint8Array();
  for (const [index, bytes] of (block.getData()?.getDataList_asU8() ?? []).entries()) {
    const transactionId = idOf(bytes);
    if (transactionId === undefined) continue;
    yield { transactionId, block: number, code: codes[index] ?? 254 };
  }
}

function idOf(envelope: Uint8Array): string | undefined {
  try {
    const payload = common.Payload.deserializeBinary(
      common.Envelope.deserializeBinary(envelope).getPayload_asU8(),
    );
    const header = payload.getHeader()?.getChannelHeader_asU8();
    return header === undefined ? undefined : common.ChannelHeader.deserializeBinary(header).getTxId();
  } catch {
    // Orderers take envelopes that nobody can read; they are in the block, invalid, and ours they are not.
    return undefined;
  }
}
