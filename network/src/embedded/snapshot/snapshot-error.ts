import { CodedError } from '../../coded-error.js';

export type SnapshotErrorCode =
  /** Not a snapshot, or one that was cut off, changed, or signed by nobody who orders the channel. */
  | 'SNAPSHOT_INVALID'
  /** The folder for a new snapshot is there already. */
  | 'SNAPSHOT_EXISTS'
  /** A snapshot is restored only where the channel has no data. */
  | 'LEDGER_EXISTS'
  /** There is no state to take a snapshot of. */
  | 'NO_STATE';

export class SnapshotError extends CodedError {
  override readonly name = 'SnapshotError';
  declare readonly code: SnapshotErrorCode;
}

export function invalid(dir: string, reason: string, cause?: unknown): SnapshotError {
  return new SnapshotError('SNAPSHOT_INVALID', `the snapshot in ${dir} is not used: ${reason}`, {
    hint: 'Take a new one, or another copy of it.',
    cause,
  });
}
