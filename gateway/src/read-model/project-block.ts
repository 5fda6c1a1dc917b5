import type { ChangeSet } from '@medaccord/chaincode/api';
import { identifier, inTransaction, type Database, type Queryable } from '../database/index.js';
import {
  ProjectionError,
  type LedgerBlock,
  type LedgerTransaction,
  type LedgerWrite,
} from './ledger-block.js';
import { parseValue } from './parse-value.js';
import { PROJECTIONS, type AssetRow } from './projections.js';
import { BlockRows } from './block-rows.js';
import { holdSchema } from './swap-lock.js';

/** Where a projection stands: the block it needs next, and the hash of the one before. */
export interface Checkpoint {
  readonly nextBlock: number;
  readonly blockHash: string;
}

export async function readCheckpoint(database: Queryable, schema: string): Promise<Checkpoint> {
  const { rows } = await database.query<{ next_block: number; block_hash: string }>(
    `SELECT next_block, block_hash FROM ${identifier(schema)}.checkpoint`,
  );
  return { nextBlock: rows[0]?.next_block ?? 0, blockHash: rows[0]?.block_hash ?? '' };
}

/**
 * Projects one block: its rows and the new position are committed together, or neither is.
 * @returns false for a block that was projected before: nothing changed.
 * @throws ProjectionError BLOCK_GAP for a block too far ahead, LEDGER_MISMATCH for one of another chain.
 */
export async function projectBlock(database: Database, schema: string, block: LedgerBlock): Promise<boolean> {
  return await inTransaction(database, async (client) => {
    await client.query(`${holdSchema(schema)}; SET LOCAL search_path TO ${identifier(schema)}`);
    const { rows } = await client.query<{ next_block: number; block_hash: string }>(
      'SELECT next_block, block_hash FROM checkpoint FOR UPDATE',
    );
    const next = rows[0]?.next_block ?? 0;
    if (block.number < next) return false;
    if (block.number > next) {
      throw new ProjectionError('BLOCK_GAP', `block ${block.number} came where ${next} is due`, block.number);
    }
    if (next > 0 && rows[0]?.block_hash !== block.previousHash) {
      throw new ProjectionError(
        'LEDGER_MISMATCH',
        `block ${block.number} does not follow the chain that was projected; run "medaccord-gateway rebuild"`,
        block.number,
      );
    }
    await rowsOf(block).flush(client);
    await client.query('UPDATE checkpoint SET next_block = $1, block_hash = $2', [next + 1, block.hash]);
    return true;
  });
}

function rowsOf(block: LedgerBlock): BlockRows {
  const rows = new BlockRows(block.number);
  for (const transaction of block.transactions) {
    rows.addTransaction(transaction);
    if (transaction.changeSet !== undefined)
      rows.addChanges(transaction, checked(transaction.changeSet, block));
    for (const write of transaction.writes) addWrite(rows, transaction, write);
  }
  return rows;
}

function addWrite(rows: BlockRows, transaction: LedgerTransaction, write: LedgerWrite): void {
  if (write.deleted) {
    rows.addDelete(write);
    return;
  }
  if (write.value === undefined) return;
  const value = parseValue(write.value);
  if (value?.type === 'membership' && value['step'] === 'leave' && value['status'] === 'decided') {
    rows.removeAsset('organisations', String(value['id']));
  }
  const projection = value === undefined ? undefined : PROJECTIONS[value.type];
  if (value === undefined || projection?.private !== (write.collection !== undefined)) return;
  for (const row of projection.rows(value) as AssetRow[]) {
    rows.addAsset(projection.table, row, transaction, write);
    if (!projection.private) rows.addHistory(row, transaction);
  }
}

function checked(changeSet: ChangeSet, block: LedgerBlock): ChangeSet {
  if (typeof changeSet.function === 'string' && Array.isArray(changeSet.changes)) return changeSet;
  throw new ProjectionError('VALUE_MALFORMED', 'an event is no ChangeSet', block.number);
}
