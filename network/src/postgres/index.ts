export { checkDatabases, databaseName, databasesFromTemplate } from './databases.js';
export type { OrganisationDatabase } from './databases.js';
export { PostgresError } from './errors.js';
export type { PostgresErrorCode } from './errors.js';
export { rememberOwnServer, requireBuiltInServer } from './own-server.js';
export { wipePlace } from './place.js';
export { endLeftServer, preparePostgres } from './server.js';
export type { PostgresServer } from './server.js';
