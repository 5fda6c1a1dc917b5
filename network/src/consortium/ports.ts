import { createServer } from 'node:net';
import type { Topology } from '../topology/index.js';
import { listPorts } from '../topology/index.js';
import type { EngineName } from './engine.js';
import { ConsortiumError } from './errors.js';

/** A port that a process of this engine opens. */
export interface NeededPort {
  readonly port: number;
  readonly use: string;
}

/**
 * The ports that an engine opens: PostgreSQL's unless a server of the user's own is used, the rest as the topology
 * lists it. The embedded ledger has neither operations nor administration ports, and one chaincode service for all (at
 * the first organisation's port).
 */
export function portsOf(topology: Topology, engine: EngineName, ownDatabase: boolean): NeededPort[] {
  return listPorts(topology).filter(({ path }) => {
    if (path[0] === 'postgres') return !ownDatabase;
    if (engine === 'fabric') return true;
    const last = path.at(-1);
    return last !== 'operations' && last !== 'admin' && (path[2] !== 'chaincode' || path[1] === 0);
  });
}

/** @throws ConsortiumError PORT_TAKEN that names every taken port, who needs it, and what to do. */
export async function requireFreePorts(needed: readonly NeededPort[]): Promise<void> {
  const free = await Promise.all(needed.map(({ port }) => isFree(port)));
  const taken = needed.filter((_port, index) => free[index] === false);
  if (taken.length === 0) return;
  const list = taken.map(({ port, use }) => `port ${port} (for ${use})`).join(', ');
  throw new ConsortiumError(
    'PORT_TAKEN',
    `${list} ${taken.length === 1 ? 'is' : 'are'} used by another program`,
    'Stop that program, or move all ports of this consortium: medaccord up --port-offset 100',
  );
}

/** Whether nobody listens there, on either family of localhost. */
export async function isFree(port: number): Promise<boolean> {
  // A server may listen on either family of localhost, or on all addresses.
  for (const host of ['127.0.0.1', '::1']) {
    if ((await tryListen(port, host)) === 'EADDRINUSE') return false;
  }
  return true;
}

function tryListen(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
