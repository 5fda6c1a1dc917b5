import type { Handlers } from '../../operation.js';
import { eraseUseCases } from './erase.js';
import { ownReadingUseCases } from './own-reading.js';
import type { RecordParts } from './parts.js';
import { recordQueries } from './queries.js';
import { readUseCases } from './read.js';
import { storeUseCases } from './store.js';

export type { RecordParts } from './parts.js';
export { reconcileRecords } from './reconcile-records.js';

type All = ReturnType<typeof storeUseCases> &
  ReturnType<typeof readUseCases> &
  ReturnType<typeof ownReadingUseCases> &
  ReturnType<typeof eraseUseCases> &
  ReturnType<typeof recordQueries>;
export type RecordOperation = keyof All;

/** Records: sealed here, anchored on the ledger, read only after an access event. */
export function recordUseCases(parts: RecordParts): Handlers<RecordOperation> {
  return {
    ...storeUseCases(parts),
    ...readUseCases(parts),
    ...ownReadingUseCases(parts),
    ...eraseUseCases(parts),
    ...recordQueries(parts),
  };
}
