import { Problem } from '../../errors.js';
import type { Caller, EventStream, ServerSentEvent } from '../../ports.js';
import type { FeedEntry, FeedFilter, FeedPosition, Follower, LedgerTables } from '../../read-model/index.js';
import { KEYS_TOLD_TO, VISIBLE_TYPES } from './visible-types.js';

export interface EventStreamOptions {
  readonly tables: Pick<LedgerTables, 'feed' | 'feedEnd'>;
  readonly follower: Pick<Follower, 'onBlock'>;
  /** Streams that one caller may have open at once. */
  readonly perCaller?: number;
  /** Entries read at a time: what a slow client makes the gateway hold. */
  readonly pageSize?: number;
}

/** After every entry of a transaction, or of a block. */
const LAST = 2_147_483_647;

/**
 * The event feed from the projection: a client that reads slowly is answered slowly, one that comes back goes on
 * where it was, and nobody hears of a change before it is in the lists.
 */
export function eventStream(options: EventStreamOptions): EventStream {
  const open = new Map<string, number>();
  return {
    open({ caller, after, from, types }, signal) {
      const start = startOf(after, from);
      const filter = filterOf(caller, types);
      const who = `${caller.mspId}/${caller.subject}`;
      const count = (open.get(who) ?? 0) + 1;
      if (count > (options.perCaller ?? 8)) {
        throw new Problem('RATE_LIMITED', 'too many event streams are open', { retryAfter: 15 });
      }
      open.set(who, count);
      const leave = () => {
        const left = (open.get(who) ?? 1) - 1;
        if (left === 0) open.delete(who);
        else open.set(who, left);
      };
      // Counted until the connection ends: an iterator that nobody pulls never runs its `finally`.
      if (signal.aborted) leave();
      else signal.addEventListener('abort', leave, { once: true });
      return follow(options, start, filter, signal);
    },
  };
}

async function* follow(
  { tables, follower, pageSize = 256 }: EventStreamOptions,
  start: FeedPosition | undefined,
  filter: FeedFilter,
  signal: AbortSignal,
): AsyncGenerator<ServerSentEvent> {
  const news = new Bell();
  const unsubscribe = follower.onBlock(() => {
    news.ring();
  });
  const stop = () => {
    news.ring();
  };
  signal.addEventListener('abort', stop);
  try {
    let position = start ?? (await tables.feedEnd());
    while (!signal.aborted) {
      news.reset();
      const entries = await tables.feed(position, filter, pageSize);
      for (const entry of entries) {
        if (signal.aborted) return;
        position = entry;
        yield eventOf(entry);
      }
      if (entries.length < pageSize && !signal.aborted) await news.rung;
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', stop);
  }
}

/** Rung while nobody listens, it is heard by the next who does. */
class Bell {
  rung: Promise<void> = Promise.resolve();
  #ring: () => void = () => undefined;

  reset(): void {
    this.rung = new Promise((resolve) => (this.#ring = resolve));
  }
  ring(): void {
    this.#ring();
  }
}

/** @throws Problem REQUEST_INVALID for a position of another form */
function startOf(after: string | undefined, from: number | undefined): FeedPosition | undefined {
  if (after === undefined) return from === undefined ? undefined : { block: from - 1, tx: LAST, index: LAST };
  const match = /^(\d{1,12})\.(\d{1,6})(?:\.(\d{1,6}))?$/.exec(after);
  if (match === null) throw new Problem('REQUEST_INVALID', 'Last-Event-ID is not one of ours');
  const [, block, tx, index] = match;
  return { block: Number(block), tx: Number(tx), index: index === undefined ? LAST : Number(index) };
}

function filterOf({ role, subject, organisation }: Caller, types: readonly string[] | undefined): FeedFilter {
  const visible = VISIBLE_TYPES[role];
  const wanted = types === undefined ? visible : visible.filter((type) => types.includes(type));
  if (role === 'patient') return { types: wanted, patient: subject };
  return KEYS_TOLD_TO.includes(role) ? { types: wanted, keysOf: organisation } : { types: wanted };
}

function eventOf(entry: FeedEntry): ServerSentEvent {
  const { block, tx, index, transactionId, function: name, type, id, status, version, key } = entry;
  const data = { id, type, version, function: name, transactionId, block, ...(key && { key }) };
  return {
    id: `${block}.${tx}.${index}`,
    type,
    data: status === undefined ? data : { ...data, status },
  };
}
