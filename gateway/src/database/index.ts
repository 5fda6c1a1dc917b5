export { gather } from './gather.js';
export { identifier, inTransaction, openDatabase, type Database, type Queryable } from './pool.js';
export { MigrationError, migrate, type MigrationSet } from './migrate.js';
export { LEDGER_SCHEMA, SERVICE_SCHEMA } from './schemas.js';
export { isUnavailable } from './unavailable.js';
export { dumpService, loadService } from './service-dump.js';
