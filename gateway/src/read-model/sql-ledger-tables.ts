import { identifier, type Database } from '../database/index.js';
import type { Page } from '../ports.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { LIST_QUERIES, type FilterOf, type ItemOf, type ListName } from './lists.js';
import { readCheckpoint } from './project-block.js';
import type {
  ChangedKey,
  FeedEntry,
  FeedFilter,
  FeedPosition,
  HistoryVersion,
  PageRequest,
  LedgerTables,
  TransactionRow,
} from './ledger-tables.js';
import { visibleTo } from './visible-to.js';

const PAGE_MAX = 200;

/** Reads the projection in `schema`. */
export function ledgerTables(database: Database, schema: string): LedgerTables {
  return new SqlLedgerTables(database, schema);
}

interface ItemRow {
  id: string;
  created_block: number;
  created_tx: number;
  value: object;
  details: object | null;
  status: string;
  decision: object | null;
}
interface Condition {
  readonly sql: string;
  readonly values: unknown[];
}

class SqlLedgerTables implements LedgerTables {
  readonly #database: Database;
  readonly #schema: string;

  constructor(database: Database, schema: string) {
    this.#database = database;
    this.#schema = schema;
  }

  async list<N extends ListName>(name: N, filter: FilterOf<N>, page: PageRequest): Promise<Page<ItemOf<N>>> {
    const limit = Math.min(Math.max(page.limit, 1), PAGE_MAX);
    const { sql, values } = this.#where(name, filter, page);
    const { rows } = await this.#database.query<ItemRow>(
      `SELECT ${columns(name)} FROM ${this.#from(name)} ${sql}
       ORDER BY a.created_block DESC, a.created_tx DESC, a.id DESC LIMIT ${limit + 1}`,
      values,
    );
    const shown = rows.slice(0, limit);
    const items = shown.map((row) => itemOf(name, row));
    const last = shown.at(-1);
    if (rows.length <= limit || last === undefined) return { items };
    return { items, next: encodeCursor({ block: last.created_block, tx: last.created_tx, id: last.id }) };
  }

  async count<N extends ListName>(name: N, filter: FilterOf<N>): Promise<number> {
    const { sql, values } = this.#where(name, filter, {});
    const { rows } = await this.#database.query<{ count: number }>(
      `SELECT count(*) AS count FROM ${this.#from(name)} ${sql}`,
      values,
    );
    return rows[0]?.count ?? 0;
  }

  async get<N extends ListName>(name: N, id: string): Promise<ItemOf<N> | undefined> {
    const { rows } = await this.#database.query<ItemRow>(
      `SELECT ${columns(name)} FROM ${this.#from(name)} WHERE a.id = $1`,
      [id],
    );
    return rows[0] === undefined ? undefined : itemOf(name, rows[0]);
  }

  async history(type: string, id: string): Promise<HistoryVersion[]> {
    const { rows } = await this.#database.query<{
      version: number;
      status: string | null;
      tx_id: string;
      block: number;
      at: Date;
      value: object;
    }>(
      `SELECT version, status, tx_id, block, at, value FROM ${this.#table('history')}
       WHERE type = $1 AND id = $2 ORDER BY version`,
      [type, id],
    );
    return rows.map(({ version, status, tx_id, block, at, value }) => ({
      version,
      ...(status === null ? {} : { status }),
      transactionId: tx_id,
      block,
      at: at.toISOString(),
      value,
    }));
  }

  async transaction(id: string): Promise<TransactionRow | undefined> {
    const { rows } = await this.#database.query<{
      id: string;
      block: number;
      tx: number;
      code: number;
      function: string | null;
      creator_msp: string;
      at: Date;
    }>(`SELECT * FROM ${this.#table('transactions')} WHERE id = $1`, [id]);
    const row = rows[0];
    if (row === undefined) return undefined;
    return {
      id: row.id,
      block: row.block,
      index: row.tx,
      code: row.code,
      ...(row.function === null ? {} : { function: row.function }),
      creatorMsp: row.creator_msp,
      at: row.at.toISOString(),
    };
  }

  async feed(
    position: FeedPosition | undefined,
    { types, patient, keysOf }: FeedFilter,
    limit: number,
  ): Promise<FeedEntry[]> {
    const { block, tx, index } = position ?? { block: -1, tx: 0, index: 0 };
    const { rows } = await this.#database.query<
      FeedPosition & { tx_id: string; function: string; type: string; id: string; status: string | null } & {
        version: number;
        key: (ChangedKey & { readonly revokedIn?: number }) | null;
      }
    >(
      `SELECT block, tx, index, tx_id, function, type, id, status, version, ${this.#changedKey('$6', '$7')} AS key
       FROM ${this.#table('changes')} c
       WHERE (block, tx, index) > ($1, $2, $3) AND type = ANY($4) AND ($6::text IS NULL OR ${this.#about('$6')})
       ORDER BY block, tx, index LIMIT $5`,
      [block, tx, index, types, limit, patient ?? null, keysOf ?? null],
    );
    return rows.map(({ tx_id, status, key, ...row }) => ({
      ...row,
      transactionId: tx_id,
      ...(status === null ? {} : { status }),
      ...(key === null ? {} : { key: keyAt(key, row.version) }),
    }));
  }

  async feedEnd(): Promise<FeedPosition | undefined> {
    const { rows } = await this.#database.query<FeedPosition>(
      `SELECT block, tx, index FROM ${this.#table('changes')} ORDER BY block DESC, tx DESC, index DESC LIMIT 1`,
    );
    return rows[0];
  }

  async nextBlock(): Promise<number> {
    return (await readCheckpoint(this.#database, this.#schema)).nextBlock;
  }

  /** The key that came or went with this version of a patient, where the reader is told; never the first keys. */
  #changedKey(patient: string, custodian: string): string {
    return `(SELECT k FROM ${this.#table('patients')} p, jsonb_path_query(p.value, '$.keys[*]') k
      WHERE c.type = 'registration' AND p.registration = c.id AND c.version > 1
      AND c.version::text IN (k->>'addedIn', k->>'revokedIn')
      AND (p.id = ${patient} OR p.custodian = ${custodian}) LIMIT 1)`;
  }

  /** A change of the patient's registration, or of an asset whose details name it. */
  #about(patient: string): string {
    const detailed = [
      'relation_details',
      'device_details',
      'consent_details',
      'break_glass_details',
      'access_details',
    ];
    const named = detailed.map((name) => `SELECT id FROM ${this.#table(name)} WHERE patient = ${patient}`);
    const own = `SELECT registration FROM ${this.#table('patients')} WHERE id = ${patient}`;
    return `id IN (${[own, ...named].join(' UNION ALL ')})`;
  }

  #table(name: string): string {
    return `${identifier(this.#schema)}.${identifier(name)}`;
  }

  #from(name: ListName): string {
    const { table, details } = LIST_QUERIES[name];
    const from = `${this.#table(table)} a`;
    return details === undefined ? from : `${from} LEFT JOIN ${this.#table(details)} d USING (id)`;
  }

  #where(name: ListName, filter: object, page: Partial<PageRequest>): Condition {
    const values: unknown[] = [];
    const bind = (value: unknown) => `$${values.push(value)}`;
    const parts: string[] = [];
    for (const [key, value] of Object.entries(filter)) {
      const column = LIST_QUERIES[name].filters[key];
      if (value === undefined) continue;
      if (column === undefined) throw new RangeError(`${name} has no filter ${key}`);
      parts.push(`${column} = ${bind(value)}`);
    }
    const visible = page.visibleTo && visibleTo(name, page.visibleTo, bind);
    if (visible !== undefined) parts.push(visible);
    if (page.since !== undefined) parts.push(`a.updated_at >= ${bind(page.since)}`);
    if (page.cursor !== undefined) {
      const { block, tx, id } = decodeCursor(page.cursor);
      parts.push(
        `(a.created_block, a.created_tx, a.id) < (${bind(block)}::bigint, ${bind(tx)}::integer, ${bind(id)}::text)`,
      );
    }
    return { sql: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`, values };
  }
}

/** As it was then: a key that was revoked later came without a date of its end. */
function keyAt(
  { kid, effectiveFrom, revokedAt, revokedIn }: ChangedKey & { readonly revokedIn?: number },
  version: number,
): ChangedKey {
  return { kid, effectiveFrom, ...(revokedAt === undefined || revokedIn !== version ? {} : { revokedAt }) };
}

function columns(name: ListName): string {
  const place = 'a.id, a.created_block, a.created_tx';
  if (name === 'claims') return `${place}, a.claim AS value, a.status, a.decision`;
  return `${place}, a.value, ${LIST_QUERIES[name].details === undefined ? 'NULL' : 'd.value'} AS details`;
}

/** The tables hold exactly the values that `Lists` names; the database cannot tell the compiler so. */
function itemOf<N extends ListName>(name: N, row: ItemRow): ItemOf<N> {
  const { value, details, status, decision } = row;
  if (name === 'claims') return { claim: value, decision, status } as ItemOf<N>;
  if (LIST_QUERIES[name].details === undefined) return value as ItemOf<N>;
  return { state: value, ...(details === null ? {} : { details }) } as ItemOf<N>;
}
