import { identifier, type Database } from '../database/index.js';

export interface Release {
  readonly event: string;
  readonly organisation: string;
  readonly transaction: string;
  readonly leafHash: string;
  /** Thumbprint of the key that the record key went to. */
  readonly recipient: string;
  readonly at: Date;
}

/** What left this organisation. */
export interface ReleaseLog {
  /**
   * Writes a release down before it is answered. Durable when it resolves.
   * @returns how often this event was released, this time included; 0 where it belongs to another organisation.
   */
  record(release: Release): Promise<number>;
}

export function releaseLog(database: Database, schema: string): ReleaseLog {
  const table = `${identifier(schema)}.releases`;
  return {
    async record({ event, organisation, transaction, leafHash, recipient, at }) {
      const { rows } = await database.query<{ count: number }>(
        `INSERT INTO ${table} AS r (event, organisation, transaction_id, leaf_hash, recipient_key, first_at, last_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6)
         ON CONFLICT (event) DO UPDATE
           SET count = r.count + 1, last_at = excluded.last_at, recipient_key = excluded.recipient_key
           WHERE r.organisation = excluded.organisation AND r.leaf_hash = excluded.leaf_hash
         RETURNING count`,
        [event, organisation, transaction, leafHash, recipient, at],
      );
      return rows[0]?.count ?? 0;
    },
  };
}
