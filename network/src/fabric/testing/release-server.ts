import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A small archive laid out as a release of Fabric is, whose programs tell a version and nothing else. */
export interface SmallRelease {
  readonly archive: Buffer;
  readonly sha256: string;
}

export function smallRelease(folder: string, version = 'v3.1.5'): SmallRelease {
  const root = join(folder, `release-${version}`);
  const files = [
    ...['peer', 'orderer', 'osnadmin'].map((name) => `bin/${name}`),
    ...['detect', 'build', 'release'].map((name) => `builders/ccaas/bin/${name}`),
  ];
  for (const file of files) {
    const path = join(root, file);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, `#!/bin/sh\necho "${file}:"\necho " Version: ${version}"\n`);
    chmodSync(path, 0o755);
  }
  const archive = join(folder, `${version}.tar.gz`);
  execFileSync('tar', ['-czf', archive, '-C', root, 'bin', 'builders']);
  const bytes = readFileSync(archive);
  return { archive: bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

export interface ReleaseServer {
  readonly base: string;
  /** Paths that were asked for. */
  readonly asked: string[];
  close(): void;
}

export async function serveReleases(answer: RequestListener): Promise<ReleaseServer> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  await once(server.listen(0, 'localhost'), 'listening');
  return {
    base: `http://localhost:${(server.address() as AddressInfo).port}/releases/`,
    asked,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
