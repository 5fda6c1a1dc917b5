import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from 'pino';
import { SERVICE_SCHEMA, loadService, type Database } from './database/index.js';

/** Where a restored backup leaves what belongs into the database, beside the configuration. */
const DUMP = 'service.dump';

/**
 * Takes what a restored backup left for the database, and removes it once it is in. Cut off between the two, it is
 * taken again, and nothing comes in twice.
 */
export async function takeRestored(folder: string, database: Database, log: Logger): Promise<void> {
  const dump = path.join(folder, DUMP);
  if (!existsSync(dump)) return;
  const rows = await loadService(database, SERVICE_SCHEMA, dump);
  rmSync(dump);
  log.info({ rows }, 'a restored backup is in the database');
}
