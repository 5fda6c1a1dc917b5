/** The running ledger's own control: which peers run. The ledger serves it, commands call it. */
export { ControlClient } from './client.js';
export type { PeerChange, PeerControl, PeerReport } from './messages.js';
export { serveControl, type ControlServer } from './server.js';
