import { record as shapes } from '@medaccord/chaincode/api';
import { identifier, inTransaction, type Database } from '../database/index.js';
import type { StoredBatch } from './record-store.js';

/**
 * Which batch anchors which version of a record. The ledger has a batch's root alone and cannot tell that a version is in
 * two of them: this organisation can, of what it anchors from here.
 */
export interface BatchLeaves {
  /**
   * Takes the versions of a batch for it, before it is anchored: all or none. Repeating is harmless.
   * @returns false where one is anchored already, is about to be with another batch, or is of a record that is kept here
   *   and not that record's own.
   */
  take(batch: Pick<StoredBatch, 'id' | 'leaves'>): Promise<boolean>;
  /** They are on the ledger, and stay its for ever. */
  anchored(batch: string): Promise<void>;
}

/** A request takes at most this long: a batch that was not anchored by then has to take its versions again. */
const UNDER_WAY = '10 minutes';

/** In PostgreSQL, outside the projected schema. */
export function batchLeaves(database: Database, schema: string): BatchLeaves {
  const table = `${identifier(schema)}.batch_leaves`;
  const records = `${identifier(schema)}.records`;
  const GIVEN = 'jsonb_to_recordset($1) AS g(record text, version integer, leaf_hash text)';
  return {
    take({ id, leaves }) {
      const given = JSON.stringify(
        leaves.map((leaf) => ({
          record: leaf.record,
          version: leaf.version,
          leaf_hash: shapes.leafHash(leaf),
        })),
      );
      return inTransaction(database, async (client) => {
        const { rows: strange } = await client.query(
          `SELECT FROM ${GIVEN} JOIN ${records} r USING (record)
           WHERE NOT EXISTS (SELECT FROM ${records} o WHERE o.leaf_hash = g.leaf_hash)
              OR (r.version = g.version AND r.state <> 'stored' AND r.leaf_hash <> g.leaf_hash) LIMIT 1`,
          [given],
        );
        if (strange.length > 0) return false;
        // In one order, so that two batches wait for each other's rows and not in a circle.
        const { rowCount } = await client.query(
          `INSERT INTO ${table} AS t (record, version, batch)
           SELECT record, version, $2 FROM ${GIVEN} ORDER BY record, version
           ON CONFLICT (record, version) DO UPDATE SET batch = excluded.batch, taken_at = now()
           WHERE t.batch = excluded.batch OR (NOT t.anchored AND t.taken_at < now() - interval '${UNDER_WAY}')`,
          [given, id],
        );
        if (rowCount === leaves.length) return true;
        await client.query(`DELETE FROM ${table} WHERE batch = $1 AND NOT anchored`, [id]);
        return false;
      });
    },
    async anchored(batch) {
      await database.query(`UPDATE ${table} SET anchored = true WHERE batch = $1`, [batch]);
    },
  };
}
