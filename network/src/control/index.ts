/** Control of what runs: which peers (the ledger serves it), which processes (the supervisor does). Commands call it. */
export { ControlClient, ProcessControlClient } from './client.js';
export type { PeerChange, PeerControl, PeerReport, ProcessControl } from './messages.js';
export { serveControl, serveProcessControl, type ControlServer } from './server.js';
