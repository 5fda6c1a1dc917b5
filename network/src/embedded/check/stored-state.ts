import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { runCommand } from '../../process/index.js';
import {
  describeKey,
  keys,
  readEntries,
  type Entry,
  type Erasure,
  type StateDatabase,
} from '../state/index.js';
import { LedgerFault } from './ledger-fault.js';

/** What the build made of read-state.ts: a child process runs that, whatever runs this. */
const PROGRAM = fileURLToPath(new URL('../../../dist/embedded/check/read-state.js', import.meta.url));
const Read = z.object({
  height: z.number(),
  stateHash: z.string().optional(),
  erasures: z.array(
    z.object({
      namespace: z.string(),
      collection: z.string(),
      keyHash: z.string(),
      writtenAt: z.object({ block: z.number(), transaction: z.number() }),
    }),
  ),
});
/** Differences that are named one by one. */
const NAMED = 5;

/** A copy of what a state database holds. */
export interface StoredState {
  readonly file: string;
  /** Number of blocks in it. */
  readonly height: number;
  /** Private values that the next start erases from the files. */
  readonly erasures: readonly Erasure[];
}

/**
 * @param scratch Folder for the copy.
 * @returns undefined where there is no state: the next start makes it.
 * @throws LedgerFault (STATE_DAMAGED).
 */
export async function readStoredState(folder: string, scratch: string): Promise<StoredState | undefined> {
  if (!existsSync(join(folder, 'data.mdb'))) return undefined;
  const file = join(scratch, 'stored-state');
  const { height, erasures } = await read(folder, file);
  return {
    file,
    height,
    erasures: erasures.map(({ keyHash, ...rest }) => ({ ...rest, keyHash: Buffer.from(keyHash, 'hex') })),
  };
}

/**
 * Height and hash of a channel's state, which need not be whole.
 * @returns undefined where there is no state.
 * @throws LedgerFault (STATE_DAMAGED).
 */
export async function summarizeState(
  dir: string,
): Promise<{ height: number; stateHash: string | undefined } | undefined> {
  const folder = join(dir, 'state');
  if (!existsSync(join(folder, 'data.mdb'))) return undefined;
  const { height, stateHash } = await read(folder);
  return { height, stateHash };
}

async function read(folder: string, ...file: string[]): Promise<z.infer<typeof Read>> {
  try {
    return Read.parse(JSON.parse(await runCommand(process.execPath, [PROGRAM, folder, ...file])));
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new LedgerFault('STATE_DAMAGED', `the state database cannot be read (${reason})`, {
      file: join(folder, 'data.mdb'),
    });
  }
}

/** Compares entry by entry with the state that the blocks give. @throws LedgerFault (STATE_DIFFERS). */
export function compareState(stored: StoredState, expected: StateDatabase, folder: string): void {
  const differences: string[] = [];
  let count = 0;
  for (const difference of differencesOf(stored, expected.dump())) {
    count += 1;
    if (differences.length < NAMED) differences.push(difference);
  }
  if (count === 0) return;
  const more = count > NAMED ? `; and ${String(count - NAMED)} more` : '';
  throw new LedgerFault(
    'STATE_DIFFERS',
    `the state at height ${String(stored.height)} is not what the blocks say: ${differences.join('; ')}${more}`,
    { file: join(folder, 'data.mdb') },
  );
}

function* differencesOf(stored: StoredState, expected: Iterable<Entry>): Generator<string, void, void> {
  // The next start brings the files and these entries together.
  const unsettled = new Set(stored.erasures.flatMap(placesOf));
  const isSettled = ({ key }: Entry): boolean => !unsettled.has(key.toString('latin1'));
  const left = filtered(readEntries(stored.file), isSettled);
  const right = filtered(expected, isSettled);
  let a = left.next();
  let b = right.next();
  while (a.done !== true || b.done !== true) {
    const order = a.done === true ? 1 : b.done === true ? -1 : Buffer.compare(a.value.key, b.value.key);
    if (a.done !== true && order < 0) yield `${describeKey(a.value.key)} is there and should not be`;
    else if (b.done !== true && order > 0) yield `${describeKey(b.value.key)} is missing`;
    else if (a.done !== true && b.done !== true && !a.value.value.equals(b.value.value)) {
      yield `${describeKey(a.value.key)} differs`;
    }
    if (order <= 0) a = left.next();
    if (order >= 0) b = right.next();
  }
}

function* filtered(entries: Iterable<Entry>, keep: (entry: Entry) => boolean): Generator<Entry, void, void> {
  for (const entry of entries) if (keep(entry)) yield entry;
}

function placesOf({ namespace, collection, keyHash, writtenAt }: Erasure): string[] {
  const { block, transaction } = writtenAt;
  return [keys.written, keys.erasure].map((key) =>
    key(namespace, collection, keyHash, block, transaction).toString('latin1'),
  );
}
