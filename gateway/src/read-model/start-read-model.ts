import { LEDGER_SCHEMA, migrate, type Database } from '../database/index.js';
import type { ReadModel } from '../ports.js';
import { followLedger, type Follower, type FollowLog } from './follow-ledger.js';
import type { BlockSource } from './ledger-block.js';
import type { LedgerTables } from './ledger-tables.js';
import { readModel } from './read-model.js';
import { ledgerTables } from './sql-ledger-tables.js';

export interface RunningReadModel {
  readonly lists: ReadModel;
  readonly tables: LedgerTables;
  /** Its `status().state` is `live` where the read model is ready. */
  readonly follower: Follower;
}

/** Brings the schema up to date and follows the ledger from the checkpoint. Stop it with `follower.stop()`. */
export async function startReadModel(options: {
  database: Database;
  source: BlockSource;
  log: FollowLog;
}): Promise<RunningReadModel> {
  await migrate(options.database, 'ledger', LEDGER_SCHEMA);
  const tables = ledgerTables(options.database, LEDGER_SCHEMA);
  const follower = followLedger({ ...options, schema: LEDGER_SCHEMA });
  return { tables, follower, lists: readModel(tables) };
}
