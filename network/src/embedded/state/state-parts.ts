import { createHash } from 'node:crypto';
import { encodeEntry, type Entry } from './entry-file.js';

/**
 * What the state consists of, apart from where blocks lie and from history, which follow from the blocks that are here.
 * Two ledgers with the same blocks have the same entries in each part, however they came to them.
 */
export const STATE_PARTS = {
  public: 's',
  hashes: 'h',
  private: 'p',
  expiries: 'x',
  transactions: 't',
} as const;
export type StatePart = keyof typeof STATE_PARTS;
export const STATE_PART_NAMES = Object.keys(STATE_PARTS) as StatePart[];

/** SHA-256 of a part's entries, as a file of entries has them. */
export function partHash(entries: Iterable<Entry>): string {
  const hash = createHash('sha256');
  for (const entry of entries) hash.update(encodeEntry(entry));
  return hash.digest('hex');
}

/** One hash for a state at a height: of the last block's hashes and of every part's. Hex. */
export function combineHashes(
  at: { block: number; headerHash: Buffer; commitHash: Buffer },
  parts: Readonly<Record<StatePart, string>>,
): string {
  const lines = [
    `block ${String(at.block)} ${at.headerHash.toString('hex')} ${at.commitHash.toString('hex')}`,
    ...STATE_PART_NAMES.map((name) => `${name} ${parts[name]}`),
  ];
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}
