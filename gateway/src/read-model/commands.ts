import { LEDGER_SCHEMA, migrate, openDatabase } from '../database/index.js';
import { ProjectionError, type BlockSource } from './ledger-block.js';
import { rebuild } from './rebuild.js';
import { verifyReadModel } from './verify-read-model.js';

export interface CommandOptions {
  readonly databaseUrl: string;
  readonly source: BlockSource;
  /** One line for people. */
  readonly write: (line: string) => void;
}

/** Exit codes: what was checked is not as it should be; the input data is wrong (EX_DATAERR). */
const DIFFERENT = 1;
const BAD_BLOCKS = 65;
const PROGRESS_EVERY = 500;

/** `medaccord-gateway rebuild`. @returns the exit code. */
export async function rebuildCommand({ databaseUrl, source, write }: CommandOptions): Promise<number> {
  const database = openDatabase(databaseUrl);
  const progress = (done: number, total: number) => {
    if (done % PROGRESS_EVERY === 0 || done === total) write(`projected ${done} of ${total} blocks`);
  };
  try {
    const { blocks } = await rebuild({ database, schema: LEDGER_SCHEMA, source, progress });
    write(`rebuilt from ${blocks} blocks`);
    return 0;
  } catch (error) {
    return badBlock(error, write);
  } finally {
    await database.end();
  }
}

/** `medaccord-gateway verify`. Names each row that differs, by table and key. @returns the exit code. */
export async function verifyCommand({ databaseUrl, source, write }: CommandOptions): Promise<number> {
  const database = openDatabase(databaseUrl);
  try {
    await migrate(database, 'ledger', LEDGER_SCHEMA);
    const { blocks, rows, differences } = await verifyReadModel({ database, schema: LEDGER_SCHEMA, source });
    for (const { table, key, kind } of differences) write(`${table} ${key}: ${kind}`);
    write(
      `${rows} rows of ${blocks} blocks: ${differences.length === 0 ? 'all as the ledger says' : `${differences.length} differ`}`,
    );
    return differences.length === 0 ? 0 : DIFFERENT;
  } catch (error) {
    return badBlock(error, write);
  } finally {
    await database.end();
  }
}

function badBlock(error: unknown, write: (line: string) => void): number {
  if (!(error instanceof ProjectionError)) throw error;
  write(`${error.code}: ${error.message}`);
  return BAD_BLOCKS;
}
