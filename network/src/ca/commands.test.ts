import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureCryptoMaterial } from '../crypto-material/index.js';
import { organisationPaths, topologyFile } from '../home/index.js';
import { freePort } from '../testing/free-ports.js';
import { findOrganisation, formatTopology, loadTopology, type Topology } from '../topology/index.js';
import { CaClient } from './testing/ca-client.js';

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

let home: string;
let topology: Topology;
const children: ChildProcess[] = [];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'medaccord-ca-serve-'));
  const file = loadTopology(path('../config/examples/two-organisations.yaml'));
  const port = await freePort();
  topology = {
    ...file,
    organisations: file.organisations.map((entry, at) => (at > 0 ? entry : { ...entry, ca: { port } })),
  };
  await ensureCryptoMaterial(topology, home);
  writeFileSync(topologyFile(home), formatTopology(topology));
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
});

function serve(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [path('dist/cli/main.js'), 'ca', 'serve', '--home', home, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

async function failed(child: ChildProcess): Promise<string> {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await once(child, 'close');
  expect(child.exitCode).not.toBe(0);
  return text;
}

describe('medaccord ca serve', () => {
  it('says that it is ready, serves, names a taken port, and stops when asked', async () => {
    const child = serve('--org', 'hospital-a');
    if (child.stdout === null) throw new Error('no stdout');
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const ready = JSON.parse(line) as { ready: boolean; ca: string; url: string };
    expect(ready).toMatchObject({ ready: true, ca: 'ca-hospital-a' });
    const paths = organisationPaths(home, findOrganisation(topology, 'hospital-a'));
    const client = new CaClient(ready.url, readFileSync(paths.tlsCa.certificate, 'utf8'));
    expect((await client.send('GET', 'cainfo')).body.result['CAName']).toBe('ca-hospital-a');
    expect(statSync(dirname(paths.caService.registry)).mode & 0o077).toBe(0);

    expect(await failed(serve('--org', 'hospital-a'))).toMatch(/port \d+ of ca-hospital-a is taken/);
    child.kill('SIGTERM');
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
  });

  it('names what it does not know', async () => {
    expect(await failed(serve('--org', 'lab-z'))).toContain('known organisations: hospital-a, insurer-a');
  });
});
