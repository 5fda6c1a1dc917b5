import { record as shapes } from '@medaccord/chaincode/api';
import { gather, identifier, type Database } from '../database/index.js';
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

/**
 * In PostgreSQL, outside the projected schema.
 * @param deferred where versions are taken: what is kept of the request before it is sent brings them to the disk
 */
export function batchLeaves(database: Database, schema: string, deferred: Database = database): BatchLeaves {
  const table = `${identifier(schema)}.batch_leaves`;
  const records = `${identifier(schema)}.records`;
  return {
    async take({ id, leaves }) {
      const given = leaves.map((leaf) => ({
        record: leaf.record,
        version: leaf.version,
        leaf_hash: shapes.leafHash(leaf),
      }));
      // In one order, so that two batches wait for each other's rows and not in a circle.
      const { rowCount } = await deferred.query({
        name: 'take leaves',
        text: `WITH given AS (SELECT * FROM jsonb_to_recordset($1) AS g(record text, version integer, leaf_hash text)),
         strange AS (
           SELECT FROM given g JOIN ${records} r USING (record)
           WHERE NOT EXISTS (SELECT FROM ${records} o WHERE o.leaf_hash = g.leaf_hash)
              OR (r.version = g.version AND r.state <> 'stored' AND r.leaf_hash <> g.leaf_hash) LIMIT 1)
         INSERT INTO ${table} AS t (record, version, batch)
         SELECT record, version, $2 FROM given WHERE NOT EXISTS (SELECT FROM strange) ORDER BY record, version
         ON CONFLICT (record, version) DO UPDATE SET batch = excluded.batch, taken_at = now()
         WHERE t.batch = excluded.batch OR (NOT t.anchored AND t.taken_at < now() - interval '${UNDER_WAY}')`,
        values: [JSON.stringify(given), id],
      });
      if (rowCount === leaves.length) return true;
      if (rowCount !== 0)
        await deferred.query(`DELETE FROM ${table} WHERE batch = $1 AND NOT anchored`, [id]);
      return false;
    },
    anchored: gather<string, undefined>(async (batches) => {
      const text = `UPDATE ${table} SET anchored = true WHERE batch = ANY($1)`;
      await database.query({ name: 'leaves anchored', text, values: [batches] });
      return [];
    }),
  };
}
