import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';
import { type Topology, listPorts } from '@medaccord/network/topology';

/** Below the ports that systems hand out to clients. */
const HIGHEST = 32_000;
const LOWEST_OFFSET = 3_000;
const ATTEMPTS = 100;

/** An offset under which nobody listens on any port of the topology. @throws Error where none was found. */
export async function freePortOffset(topology: Topology): Promise<number> {
  const ports = listPorts(topology).map(({ port }) => port);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const offset = randomInt(LOWEST_OFFSET, HIGHEST - Math.max(...ports));
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
