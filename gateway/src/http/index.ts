export { loadApiDocument, type ApiDocument } from './api-document.js';
export { createApp, type HttpApp } from './app.js';
export type { HttpParts, Readiness, TransportOperation, UseCaseOperation } from './context.js';
export { createRuns } from './runs.js';
export { startServer, type RunningServer } from './server.js';
