export type { SnapshotManifest } from './manifest.js';
export { restoreSnapshot, type RestoreTarget } from './restore-snapshot.js';
export { SnapshotBase } from './snapshot-base.js';
export { SnapshotError, type SnapshotErrorCode } from './snapshot-error.js';
export { takeSnapshot, type SnapshotSource } from './take-snapshot.js';
