import { setImmediate } from 'node:timers/promises';
import { record as shapes } from '@medaccord/chaincode/api';
import { identifier, inTransaction, type Database } from '../database/index.js';
import { Problem } from '../errors.js';
import type { BlockStore } from './block-store.js';
import type {
  Anchoring,
  Candidate,
  Deposit,
  Descriptor,
  NewRecord,
  RecordFilter,
  RecordStore,
  StoredBatch,
  StoredRecord,
} from './record-store.js';
import type { RecordBinding, Sealer } from './sealer.js';

export interface RecordStoreOptions {
  readonly database: Database;
  /** Where what the ledger can tell again is written; `database` where left out. */
  readonly deferred?: Database;
  readonly schema: string;
  readonly blocks: BlockStore;
  readonly sealer: Sealer;
}

/** Blocks in a block store, descriptors and wrapped keys in PostgreSQL, outside the projected schema. */
export function recordStore(options: RecordStoreOptions): RecordStore {
  return new SqlRecordStore(options);
}

interface RecordRow {
  state: StoredRecord['state'];
  descriptor: Descriptor;
  reference: shapes.AnchorReference | null;
  batch: string | null;
  transaction_id: string | null;
  anchored_at: Date | null;
  position: number;
}
/** PostgreSQL's integer; no record has so many. */
const MAX_VERSION = 2_147_483_647;
const COLUMNS = 'state, descriptor, reference, batch, transaction_id, anchored_at, position';

class SqlRecordStore implements RecordStore {
  readonly #options: RecordStoreOptions;
  readonly #deferred: Database;
  readonly #records: string;
  readonly #keys: string;
  readonly #batches: string;

  constructor(options: RecordStoreOptions) {
    this.#options = options;
    this.#deferred = options.deferred ?? options.database;
    const schema = identifier(options.schema);
    this.#records = `${schema}.records`;
    this.#keys = `${schema}.record_keys`;
    this.#batches = `${schema}.batches`;
  }

  async store(records: readonly NewRecord[]): Promise<Descriptor[]> {
    const { blocks, sealer, database } = this.#options;
    const rows: object[] = [];
    const descriptors: Descriptor[] = [];
    const sealedBlocks: Buffer[] = [];
    for (const { version, meta, metaSalt, document, deposit } of records) {
      // A batch of thousands lets other requests in between.
      if (rows.length % 200 === 199) await setImmediate();
      const binding = { patient: meta.patient, record: meta.record, version };
      const sealed = sealer.seal(document, binding);
      const leaf: shapes.Leaf = {
        record: meta.record,
        version,
        contentHash: sealed.contentHash,
        capsuleHash: sealed.capsuleHash,
        metaHash: shapes.metaHash(meta, metaSalt),
        epoch: 0,
        custodian: meta.custodian,
      };
      const leafHash = shapes.leafHash(leaf);
      const { mediaType, data } = document;
      const descriptor = { leafHash, leaf, meta, metaSalt, mediaType, size: data.length };
      sealedBlocks.push(sealed.block);
      descriptors.push(descriptor);
      const wrapped = sealer.wrap(sealed.key, binding).toString('base64');
      rows.push({ ...columnsOf(descriptor, deposit), wrapped });
    }
    // Blocks before descriptors: a crash in between leaves a block that nothing names, never a name without one.
    await blocks.put(sealedBlocks);
    await inTransaction(database, async (client) => {
      const json = JSON.stringify(rows);
      await client.query(
        `INSERT INTO ${this.#records} (leaf_hash, record, version, patient, category, encounter, content_hash, state, descriptor, depositor, deposit)
         SELECT leaf_hash, record, version, patient, category, encounter, content_hash, 'stored', descriptor, depositor, deposit
         FROM jsonb_populate_recordset(NULL::${this.#records}, $1)`,
        [json],
      );
      await client.query(
        `INSERT INTO ${this.#keys} (leaf_hash, wrapped)
         SELECT leaf_hash, decode(wrapped, 'base64') FROM jsonb_to_recordset($1) AS r(leaf_hash text, wrapped text)`,
        [json],
      );
    });
    return descriptors;
  }

  async anchored(anchorings: readonly Anchoring[], transaction: { id: string; at: string }): Promise<void> {
    const rows = anchorings.map(({ leafHash, reference }) => ({
      leaf_hash: leafHash,
      reference,
      batch: reference.kind === 'batch' ? reference.batch : null,
    }));
    await this.#deferred.query({
      name: 'anchored',
      text: `UPDATE ${this.#records} r SET state = 'anchored', reference = a.reference, batch = a.batch,
         transaction_id = $2, anchored_at = $3
       FROM jsonb_to_recordset($1) AS a(leaf_hash text, reference jsonb, batch text)
       WHERE r.leaf_hash = a.leaf_hash AND r.state = 'stored' AND NOT EXISTS (
         SELECT FROM ${this.#records} n WHERE n.record = r.record AND n.version = r.version AND n.state <> 'stored')`,
      values: [JSON.stringify(rows), transaction.id, transaction.at],
    });
  }

  async find(record: string, version?: number): Promise<StoredRecord | undefined> {
    if (version !== undefined && version > MAX_VERSION) return undefined;
    const { rows } = await this.#options.database.query<RecordRow>(
      `SELECT ${COLUMNS} FROM ${this.#records}
       WHERE record = $1 AND state <> 'stored' AND ($2::integer IS NULL OR version = $2)
       ORDER BY version DESC LIMIT 1`,
      [record, version ?? null],
    );
    return rows[0] === undefined ? undefined : recordOf(rows[0]);
  }

  async findLeaf(leafHash: string): Promise<StoredRecord | undefined> {
    const { rows } = await this.#options.database.query<RecordRow>(
      `SELECT ${COLUMNS} FROM ${this.#records} WHERE leaf_hash = $1`,
      [leafHash],
    );
    return rows[0] === undefined ? undefined : recordOf(rows[0]);
  }

  async versions(record: string): Promise<StoredRecord[]> {
    const { rows } = await this.#options.database.query<RecordRow>(
      `SELECT ${COLUMNS} FROM ${this.#records} WHERE record = $1 AND state <> 'stored' ORDER BY version`,
      [record],
    );
    return rows.map(recordOf);
  }

  async list(filter: RecordFilter, { cursor, limit }: { cursor?: string; limit: number }) {
    const values: unknown[] = [];
    const bind = (value: unknown) => `$${values.push(value)}`;
    const parts = ["state <> 'stored'", this.#newest()];
    for (const column of ['patient', 'category', 'encounter', 'batch'] as const) {
      if (filter[column] !== undefined) parts.push(`${column} = ${bind(filter[column])}`);
    }
    if (cursor !== undefined) parts.push(`position < ${bind(positionOf(cursor))}`);
    const { rows } = await this.#options.database.query<RecordRow>(
      `SELECT ${COLUMNS} FROM ${this.#records} r WHERE ${parts.join(' AND ')}
       ORDER BY position DESC LIMIT ${bind(limit + 1)}`,
      values,
    );
    const items = rows.slice(0, limit).map(recordOf);
    const last = rows[limit - 1];
    if (rows.length <= limit || last === undefined) return { items };
    return { items, next: Buffer.from(`r${last.position}`).toString('base64url') };
  }

  block(descriptor: Descriptor): Promise<Buffer> {
    return this.#options.blocks.get(descriptor.leaf.contentHash);
  }

  async key(descriptor: Descriptor): Promise<Buffer | undefined> {
    const { rows } = await this.#options.database.query<{ wrapped: Buffer }>(
      `SELECT k.wrapped FROM ${this.#keys} k JOIN ${this.#records} r USING (leaf_hash)
       WHERE leaf_hash = $1 AND r.state <> 'erased'`,
      [descriptor.leafHash],
    );
    return rows[0] === undefined
      ? undefined
      : this.#options.sealer.unwrap(rows[0].wrapped, bindingOf(descriptor));
  }

  async erase(leafHash: string): Promise<void> {
    const { database, blocks } = this.#options;
    const contentHash = await inTransaction(database, async (client) => {
      await client.query(`DELETE FROM ${this.#keys} WHERE leaf_hash = $1`, [leafHash]);
      const { rows } = await client.query<{ content_hash: string }>(
        `UPDATE ${this.#records} SET state = 'erased' WHERE leaf_hash = $1 RETURNING content_hash`,
        [leafHash],
      );
      return rows[0]?.content_hash;
    });
    if (contentHash !== undefined) await blocks.delete(contentHash);
  }

  async discard(leafHash: string): Promise<void> {
    const { rows } = await this.#options.database.query<{ content_hash: string }>(
      `DELETE FROM ${this.#records} WHERE leaf_hash = $1 AND state = 'stored' RETURNING content_hash`,
      [leafHash],
    );
    if (rows[0] !== undefined) await this.#options.blocks.delete(rows[0].content_hash);
  }

  async unanchored(before: Date, limit: number, after = 0): Promise<Candidate[]> {
    const { rows } = await this.#options.database.query<RecordRow & { stored_at: Date }>(
      `SELECT ${COLUMNS}, stored_at FROM ${this.#records}
       WHERE state = 'stored' AND stored_at < $1 AND position > $3 ORDER BY position LIMIT $2`,
      [before, limit, after],
    );
    return rows.map((row) => ({
      record: recordOf(row),
      storedAt: row.stored_at,
      position: row.position,
    }));
  }

  async findDeposit(organisation: string, id: string): Promise<StoredRecord | undefined> {
    const { rows } = await this.#options.database.query<RecordRow>(
      `SELECT ${COLUMNS} FROM ${this.#records} WHERE depositor = $1 AND deposit = $2`,
      [organisation, id],
    );
    return rows[0] === undefined ? undefined : recordOf(rows[0]);
  }

  async waitingDeposits(organisation: string): Promise<{ count: number; bytes: number }> {
    const { rows } = await this.#options.database.query<{ count: number; bytes: number }>(
      `SELECT count(*) AS count, coalesce(sum((descriptor->>'size')::bigint), 0)::bigint AS bytes
       FROM ${this.#records} WHERE depositor = $1 AND state = 'stored'`,
      [organisation],
    );
    return rows[0] ?? { count: 0, bytes: 0 };
  }

  async sweepBlocks(before: Date): Promise<number> {
    const { database, blocks } = this.#options;
    let deleted = 0;
    for await (const { hash, writtenAt } of blocks.list()) {
      if (writtenAt >= before) continue;
      const { rowCount } = await database.query(
        `SELECT FROM ${this.#records} WHERE content_hash = $1 AND state <> 'erased'`,
        [hash],
      );
      if (rowCount !== 0) continue;
      await blocks.delete(hash);
      deleted++;
    }
    return deleted;
  }

  async saveBatch({ id, root, leaves }: StoredBatch): Promise<number> {
    const { rowCount } = await this.#deferred.query({
      name: 'save batch',
      text: `WITH saved AS (
         INSERT INTO ${this.#batches} (id, root, leaves) VALUES ($1, $2, $3)
         ON CONFLICT (id) DO UPDATE SET root = excluded.root, leaves = excluded.leaves)
       UPDATE ${this.#records} SET batch = $1 WHERE state = 'stored' AND leaf_hash = ANY($4)`,
      values: [id, root, JSON.stringify(leaves), leaves.map((leaf) => shapes.leafHash(leaf))],
    });
    return rowCount ?? 0;
  }

  async batch(id: string): Promise<StoredBatch | undefined> {
    const { rows } = await this.#options.database.query<StoredBatch>(
      `SELECT id, root, leaves FROM ${this.#batches} WHERE id = $1`,
      [id],
    );
    return rows[0];
  }

  async batchRoot(id: string): Promise<string | undefined> {
    const { rows } = await this.#options.database.query<{ root: string }>(
      `SELECT root FROM ${this.#batches} WHERE id = $1`,
      [id],
    );
    return rows[0]?.root;
  }

  #newest(): string {
    return `NOT EXISTS (SELECT FROM ${this.#records} n
      WHERE n.record = r.record AND n.version > r.version AND n.state <> 'stored')`;
  }
}

export function bindingOf({ leaf, meta }: Descriptor): RecordBinding {
  return { patient: meta.patient, record: leaf.record, version: leaf.version };
}

function columnsOf(descriptor: Descriptor, deposit?: Deposit): object {
  const { leaf, meta, leafHash } = descriptor;
  const { record, version, contentHash } = leaf;
  const { patient, category, encounter } = meta;
  return {
    leaf_hash: leafHash,
    record,
    version,
    patient,
    category,
    encounter,
    content_hash: contentHash,
    descriptor,
    depositor: deposit?.organisation,
    deposit: deposit?.id,
  };
}

function recordOf(row: RecordRow): StoredRecord {
  return {
    ...row.descriptor,
    state: row.state,
    ...(row.reference === null ? {} : { reference: row.reference }),
    ...(row.batch === null ? {} : { batch: row.batch }),
    ...(row.transaction_id === null ? {} : { transactionId: row.transaction_id }),
    ...(row.anchored_at === null ? {} : { anchoredAt: row.anchored_at.toISOString() }),
  };
}

function positionOf(cursor: string): number {
  const match = /^r(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (match === null) throw new Problem('CURSOR_INVALID', 'the cursor is not one of ours');
  return Number(match[1]);
}
