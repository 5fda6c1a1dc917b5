/** One encrypted archive of organisations' keys and data: made while they run, checked, and made a home again. */
export { readArchive, type Manifest } from './archive.js';
export type { KeySource } from './archive-key.js';
export { createBackup, planBackup, type BackupOptions, type BackupPlan } from './create.js';
export { restoreBackup } from './restore.js';
