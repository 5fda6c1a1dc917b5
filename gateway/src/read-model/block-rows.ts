import type { ChangeSet } from '@medaccord/chaincode/api';
import { identifier, type Queryable } from '../database/index.js';
import type { LedgerTransaction, LedgerWrite } from './ledger-block.js';
import type { AssetRow } from './projections.js';

type Row = Record<string, unknown>;

/** What decides between two rows of the same key; the default keeps the stored one. */
interface Conflict {
  readonly keys: readonly string[];
  /** SQL condition under which the new row replaces the stored one; undefined: never. */
  readonly replaceWhere?: (table: string) => string;
  /** Columns that keep their first value. */
  readonly keep?: readonly string[];
}

const ASSET: Conflict = {
  keys: ['id'],
  replaceWhere: (table) => `excluded.version >= ${table}.version`,
  keep: ['created_block', 'created_tx'],
};
const TRANSACTION: Conflict = {
  keys: ['id'],
  // An invalid envelope may carry anybody's transaction id: the valid one wins, and then the first.
  replaceWhere: (table) => `${table}.code <> 0 AND excluded.code = 0`,
};

/** All rows of one block, gathered in memory and written with one statement a table. */
export class BlockRows {
  readonly #assets = new Map<string, Map<string, Row>>();
  readonly #transactions = new Map<string, Row>();
  readonly #history = new Map<string, Row>();
  readonly #keys = new Map<string, Row>();
  readonly #deleted = new Map<string, Row>();
  readonly #removed: { table: string; id: string }[] = [];
  readonly #changes: Row[] = [];
  readonly #block: number;

  constructor(block: number) {
    this.#block = block;
  }

  addTransaction({ id, index, code, creatorMsp, at, changeSet }: LedgerTransaction): void {
    const earlier = this.#transactions.get(id);
    if (earlier !== undefined && (earlier['code'] === 0 || code !== 0)) return;
    const row = { id, block: this.#block, tx: index, code, function: changeSet?.function ?? null };
    this.#transactions.set(id, { ...row, creator_msp: creatorMsp, at });
  }

  addChanges(transaction: LedgerTransaction, changeSet: ChangeSet): void {
    changeSet.changes.forEach(({ type, id, status, version }, index) => {
      this.#changes.push({
        block: this.#block,
        tx: transaction.index,
        index,
        tx_id: transaction.id,
        function: changeSet.function,
        type,
        id,
        status: status ?? null,
        version,
        at: transaction.at,
      });
    });
  }

  /** A key may hold an old version under its own name: of two rows of one asset the higher version stays. */
  addAsset(table: string, row: AssetRow, { index }: LedgerTransaction, write: LedgerWrite): void {
    const rows = this.#assets.get(table) ?? new Map<string, Row>();
    this.#assets.set(table, rows);
    const earlier = rows.get(row.id);
    const position = { block: this.#block, tx: index };
    const created = earlier ?? { created_block: this.#block, created_tx: index };
    if (earlier === undefined || (earlier['version'] as number) <= row.version) {
      rows.set(row.id, {
        ...row,
        ...position,
        created_block: created['created_block'],
        created_tx: created['created_tx'],
      });
    }
    const key = keyOf(write);
    this.#deleted.delete(mapKey(key));
    this.#keys.set(mapKey(key), { ...key, table_name: table, row_id: row.id });
  }

  addHistory(row: AssetRow, { index, id, at }: LedgerTransaction): void {
    const { type } = row.value;
    const { version, status, value } = row;
    const place = { block: this.#block, tx: index, tx_id: id, at };
    this.#history.set(`${type} ${row.id} ${version}`, { type, id: row.id, version, status, ...place, value });
  }

  addDelete(write: LedgerWrite): void {
    const key = keyOf(write);
    const named = this.#keys.get(mapKey(key));
    if (named !== undefined) this.#assets.get(String(named['table_name']))?.delete(String(named['row_id']));
    this.#keys.delete(mapKey(key));
    this.#deleted.set(mapKey(key), key);
  }

  /** Drops a row that is part of another asset's value, which does not have it any more. */
  removeAsset(table: string, id: string): void {
    this.#assets.get(table)?.delete(id);
    this.#removed.push({ table, id });
  }

  /** Expects the schema in the search path. */
  async flush(client: Queryable): Promise<void> {
    await this.#remove(client);
    for (const { table, id } of this.#removed) {
      await client.query(`DELETE FROM ${identifier(table)} WHERE id = $1`, [id]);
    }
    await insert(client, 'transactions', [...this.#transactions.values()], TRANSACTION);
    await insert(client, 'changes', this.#changes, { keys: ['block', 'tx', 'index'] });
    await insert(client, 'history', [...this.#history.values()], {
      keys: ['type', 'id', 'version'],
      replaceWhere: () => 'true',
    });
    for (const [table, rows] of this.#assets) await insert(client, table, [...rows.values()], ASSET);
    await insert(client, 'state_keys', [...this.#keys.values()], {
      keys: ['collection', 'key_hash'],
      replaceWhere: () => 'true',
    });
  }

  async #remove(client: Queryable): Promise<void> {
    if (this.#deleted.size === 0) return;
    const gone = await client.query<{ table_name: string; row_id: string }>(
      `DELETE FROM state_keys s USING jsonb_to_recordset($1) AS d(collection text, key_hash text)
       WHERE s.collection = d.collection AND s.key_hash = d.key_hash RETURNING s.table_name, s.row_id`,
      [JSON.stringify([...this.#deleted.values()])],
    );
    for (const { table_name, row_id } of gone.rows) {
      // Another key may hold a version of the same asset; the row stays while one does.
      await client.query(
        `DELETE FROM ${identifier(table_name)} WHERE id = $2
         AND NOT EXISTS (SELECT FROM state_keys WHERE table_name = $1 AND row_id = $2)`,
        [table_name, row_id],
      );
    }
  }
}

function keyOf({ collection, keyHash }: LedgerWrite) {
  return { collection: collection ?? '', key_hash: keyHash };
}
function mapKey(key: { collection: string; key_hash: string }): string {
  return `${key.collection} ${key.key_hash}`;
}

async function insert(
  client: Queryable,
  table: string,
  rows: readonly Row[],
  { keys, replaceWhere, keep = [] }: Conflict,
): Promise<void> {
  const first = rows[0];
  if (first === undefined) return;
  const columns = Object.keys(first);
  const names = columns.map(identifier).join(', ');
  const quoted = identifier(table);
  const replaced = columns.filter((column) => !keys.includes(column) && !keep.includes(column));
  const action =
    replaceWhere === undefined
      ? 'NOTHING'
      : `UPDATE SET ${replaced.map((column) => `${identifier(column)} = excluded.${identifier(column)}`).join(', ')} WHERE ${replaceWhere(quoted)}`;
  await client.query(
    `INSERT INTO ${quoted} (${names}) SELECT ${names} FROM jsonb_populate_recordset(NULL::${quoted}, $1)
     ON CONFLICT (${keys.map(identifier).join(', ')}) DO ${action}`,
    [JSON.stringify(rows)],
  );
}
