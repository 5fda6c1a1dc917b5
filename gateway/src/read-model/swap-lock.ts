import { identifier } from '../database/index.js';

/** Any constant: the family of these locks among the database's advisory locks. */
const FAMILY = 7_310_443;

/**
 * SQL by which a projector keeps a schema from being swapped for another until its transaction ends. It is taken
 * before any table is touched: waiting for the swap, it holds nothing that the swap waits for.
 */
export function holdSchema(schema: string): string {
  return `SELECT pg_advisory_xact_lock_shared(${FAMILY}, hashtext('${plain(schema)}'))`;
}

/** SQL that waits for all projectors of a schema and lets none begin until the transaction ends. */
export function ownSchema(schema: string): string {
  return `SELECT pg_advisory_xact_lock(${FAMILY}, hashtext('${plain(schema)}'))`;
}

function plain(schema: string): string {
  identifier(schema);
  return schema;
}
