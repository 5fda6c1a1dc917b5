import { decodePrivatePart, encodePrivatePart, type BlockFiles } from '../blocks/index.js';
import type { Erasure, StateDatabase } from '../state/index.js';
import { withoutKey } from './private-sets.js';

/** The snapshot that a ledger was begun from holds private values too. */
export interface ErasableValues {
  erase(state: StateDatabase, erasures: readonly Erasure[]): void;
}

/**
 * Takes purged and expired private values out of the block files. The list of what is to be erased was committed
 * with the block that said so; after a crash in between it is worked through at the next start.
 * @returns the numbers of the blocks that lost values.
 */
export async function erasePrivateValues(
  files: BlockFiles,
  state: StateDatabase,
  base: ErasableValues | undefined,
): Promise<number[]> {
  const pending = state.pendingErasures();
  if (pending.length === 0) return [];
  const inSnapshot = pending.filter((erasure) => state.offsetInSnapshot(erasure) !== undefined);
  if (inSnapshot.length > 0) base?.erase(state, inSnapshot);
  const byBlock = new Map<number, Erasure[]>();
  for (const erasure of pending) {
    const list = byBlock.get(erasure.writtenAt.block) ?? [];
    list.push(erasure);
    byBlock.set(erasure.writtenAt.block, list);
  }
  for (const [block, erasures] of byBlock) {
    const location = state.location(block);
    if (location === undefined || location.privateLength === 0) continue;
    const sets = decodePrivatePart(files.read(location).privatePart);
    for (const erasure of erasures) {
      const bytes = sets.get(erasure.writtenAt.transaction);
      if (bytes !== undefined) sets.set(erasure.writtenAt.transaction, withoutKey(bytes, erasure));
    }
    files.replacePrivatePart(location, encodePrivatePart(sets, location.privateLength));
  }
  await state.forgetErased(pending);
  return [...byBlock.keys()];
}
