import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';
import { type Topology, listPorts } from '@medaccord/network/topology';
import { worker } from './worker.js';

const LOWEST = 10_000;
/** Below the ports that systems hand out to clients. */
const HIGHEST = 32_000;
/** Each worker has a part of the ports, so that two who begin at once cannot choose the same. */
const PARTS = 2;
const ATTEMPTS = 100;

/** An offset under which nobody listens on any port of the topology. @throws Error where none was found. */
export async function freePortOffset(topology: Topology): Promise<number> {
  const ports = listPorts(topology).map(({ port }) => port);
  const width = (HIGHEST - LOWEST) / PARTS;
  const from = LOWEST + width * (worker() % PARTS);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const offset = randomInt(from - Math.min(...ports), from + width - Math.max(...ports));
    const free = await Promise.all(ports.map((port) => isFree(port + offset)));
    if (free.every(Boolean)) return offset;
  }
  throw new Error('no free ports for a consortium');
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: 'localhost', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
