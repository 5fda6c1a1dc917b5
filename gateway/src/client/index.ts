export { createClient, type ClientOptions, type ClientPaths, type MedAccordClient } from './create-client.js';
export { events, type EventOptions, type LedgerEvent } from './events.js';
export { httpsFetch, type FetchRequest, type HttpsFetch, type TlsOptions } from './https-fetch.js';
export { createProofKey, type ProofKey } from './proof.js';
export { GatewayRefusal, bearerSession, createSession, type LoginOptions, type Session } from './session.js';
export { publicJwk, signStatement, signTransactionStep, type StatementKind } from './statements.js';
export type { components, operations, paths } from '../http/openapi.gen.js';
