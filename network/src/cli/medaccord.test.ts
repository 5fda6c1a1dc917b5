import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { freePorts } from '../testing/free-ports.js';
import { waitForEnd } from '../process/index.js';
import type { ProcessIdentity } from '../process/index.js';

/** The command line over stand-ins: small processes that say they are ready, and no PostgreSQL. */
let folder: string;
let home: string;
let children: ChildProcess[];
let servers: Server[];

const built = (path: string) => JSON.stringify(new URL(`../../dist/${path}`, import.meta.url).href);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'medaccord-cli-'));
  home = join(folder, 'home');
  children = [];
  servers = [];
  writeFileSync(
    join(folder, 'stand-in.mjs'),
    `import { existsSync, appendFileSync } from 'node:fs';
     const [name] = process.argv.slice(2);
     const note = (what) => appendFileSync(${JSON.stringify(join(folder, 'notes'))}, what + ' ' + name + '\\n');
     process.on('SIGTERM', () => { note('stop'); process.exit(0); });
     if (existsSync(${JSON.stringify(folder)} + '/break-' + name)) { console.error('cannot read the key file'); process.exit(78); }
     note('start');
     console.log('{"ready":true}');
     setInterval(() => undefined, 1000);`,
  );
  writeFileSync(
    join(folder, 'medaccord.mjs'),
    `import { runCommandLine } from ${built('cli/run.js')};
     const spec = (name) => ({ name, module: ${JSON.stringify(join(folder, 'stand-in.mjs'))}, arguments: [name], ready: { line: /ready/ } });
     await runCommandLine(process.argv, {
       ensureMaterial: async () => undefined,
       planNetwork: async (_home, topology) => ({
         ledger: [[spec('ledger')]],
         settle: async () => 'stands',
         authorities: topology.organisations.map(({ name }) => spec('ca-' + name)),
       }),
       planConsortium: async () => ({
         chaincode: [spec('chaincode')],
         gateway: ({ name }) => spec('gateway-' + name),
       }),
       deploy: async () => 'deployed',
       bootstrap: async () => 'founded',
       prepareDatabases: async (names) => names.map((organisation) => ({ organisation, url: 'postgres://stand-in/x' })),
     });`,
  );
  writeFileSync(join(folder, 'topology.yaml'), stringify(topologyFile(await freePorts(24))));
});
afterEach(async () => {
  await medaccord('down').ended;
  for (const child of children) child.kill('SIGKILL');
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

function topologyFile(ports: readonly number[]): object {
  const port = (index: number) => ports[index] ?? 0;
  const organisation = (name: string, kind: string, mspId: string, from: number) => ({
    name,
    kind,
    mspId,
    domain: `${name}.example`,
    peers: [{ name: 'peer0', port: port(from) }],
    ca: { port: port(from + 1) },
    chaincode: { port: port(from + 2) },
    gateway: { rest: port(from + 3), exchange: port(from + 4) },
  });
  return {
    name: 'test',
    environment: 'development',
    channel: 'care',
    batch: { maxMessages: 50, maxBytes: 2_097_152, timeoutMs: 250 },
    orderers: {
      mspId: 'OrdererMSP',
      domain: 'orderer.example',
      consensus: 'raft',
      nodes: [{ name: 'o', port: port(11) }],
    },
    chaincode: { name: 'medaccord', version: '1.0', sequence: 1 },
    postgres: { port: port(10) },
    rules: { keyDelaySeconds: 0, breakGlassReviewSeconds: 172_800 },
    organisations: [
      organisation('hospital-a', 'hospital', 'AMSP', 0),
      organisation('lab-a', 'lab', 'LMSP', 5),
    ],
  };
}

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Resolves when its stdout so far matches. */
  said(pattern: RegExp): Promise<void>;
}

function medaccord(...commandArguments: string[]): Run {
  const main = join(folder, 'medaccord.mjs');
  const child = spawn(process.execPath, [main, ...commandArguments], {
    cwd: folder,
    env: { PATH: process.env.PATH, MEDACCORD_HOME: home },
  });
  children.push(child);
  const text = { stdout: '', stderr: '' };
  let heard: () => void = () => undefined;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text.stdout += chunk;
    heard();
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk));
  return {
    child,
    ended: once(child, 'close').then(([code]) => ({ code: code as number | null, ...text })),
    said: (pattern) =>
      new Promise((resolve, reject) => {
        heard = () => pattern.test(text.stdout) && resolve();
        heard();
        child.on('close', () => reject(new Error(`ended with\n${text.stdout}${text.stderr}`)));
      }),
  };
}

const up = (...more: string[]) => medaccord('up', '--topology', join(folder, 'topology.yaml'), ...more);
const notes = () => readFileSync(join(folder, 'notes'), 'utf8').trim().split('\n');

function runningProcesses(): ProcessIdentity[] {
  const state = JSON.parse(readFileSync(join(home, 'run', 'state.json'), 'utf8')) as {
    processes: { identity: ProcessIdentity }[];
  };
  return state.processes.map(({ identity }) => identity);
}

describe('medaccord up, status, down', { timeout: 60_000 }, () => {
  it('runs in the foreground until it is interrupted, and stops in reverse order', async () => {
    const first = up();
    await first.said(/Ctrl-C stops it/);
    const started = notes().map((note) => note.replace('start ', ''));
    expect(started.indexOf('chaincode')).toBeLessThan(started.indexOf('ledger'));
    expect(started.indexOf('ledger')).toBeLessThan(started.indexOf('gateway-hospital-a'));

    const status = await medaccord('status').ended;
    expect(status).toMatchObject({ code: 0, stdout: expect.stringMatching(/gateway-lab-a +ready +\d+/) });

    const second = await up('--json').ended;
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({ name: 'test', alreadyRunning: true });

    first.child.kill('SIGINT');
    const { code, stdout, stderr } = await first.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/hospital-a \(hospital\) +https:\/\/localhost:\d+ +https:\/\/localhost:\d+\/docs/);
    expect(stdout).toContain('medaccord login --as');
    expect(stderr).toMatch(/✓ Gateways .*2 ready[^]*Stopping \(SIGINT\)[^]*Stopped\./);
    const stopped = notes().filter((note) => note.startsWith('stop'));
    expect(stopped.slice(0, 3).sort()).toEqual([
      'stop gateway-hospital-a',
      'stop gateway-lab-a',
      'stop ledger',
    ]);
    expect(stopped).toHaveLength(6);
    expect(existsSync(join(home, 'run', 'state.json'))).toBe(false);
    expect(await medaccord('status').ended).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('no consortium is running'),
    });
  });

  it('runs in the background until down, keeps its topology and its offset, and wipes when told', async () => {
    const given = readFileSync(join(folder, 'topology.yaml'), 'utf8');
    const postgresPort = Number(/postgres:\n {2}port: (\d+)/.exec(given)?.[1]);
    const started = await up('--detach', '--port-offset', '12').ended;
    expect(started).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('is running in the background'),
    });
    const status = JSON.parse((await medaccord('status', '--json').ended).stdout) as Record<string, unknown>;
    expect(status).toMatchObject({ phase: 'running' });
    expect(status['processes']).toHaveLength(7);
    expect(status['memoryBytes']).toBeGreaterThan(50_000_000);
    expect(await medaccord('up', '--detach').ended).toMatchObject({
      stdout: expect.stringContaining('is already running'),
    });

    const processes = runningProcesses();
    expect(await medaccord('down').ended).toMatchObject({ code: 0, stdout: 'Stopped.\n' });
    expect(await Promise.all(processes.map((process) => waitForEnd(process, 0)))).not.toContain(false);

    const inForce = readFileSync(join(home, 'topology.yaml'), 'utf8');
    expect(inForce).toContain(`postgres:\n  port: ${postgresPort + 12}`);
    expect(await medaccord('up', '--detach').ended).toMatchObject({ code: 0 });
    expect(readFileSync(join(home, 'topology.yaml'), 'utf8')).toBe(inForce);

    expect(await medaccord('down', '--wipe').ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--yes'),
    });
    expect(await medaccord('down', '--wipe', '--yes').ended).toMatchObject({ code: 0 });
    expect(existsSync(home)).toBe(false);
    expect(await medaccord('down').ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Nothing was running'),
    });
  });

  it('keeps the database URL off the command lines of what stays in the background', async () => {
    const url = 'postgres://me:very-secret@db.example/medaccord_{organisation}';
    expect(await up('--detach', '--database-url', url).ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('databases on a server of your own'),
    });
    const { supervisor } = JSON.parse(readFileSync(join(home, 'run', 'state.json'), 'utf8')) as {
      supervisor: ProcessIdentity;
    };
    const pids = [supervisor, ...runningProcesses()].map(({ pid }) => String(pid));
    const lines = execFileSync('ps', ['-ww', '-o', 'args=', '-p', pids.join(',')], { encoding: 'utf8' });
    expect(lines).toContain('--background');
    expect(lines).not.toContain('very-secret');
  });

  it('leaves nothing behind when its supervisor is killed, and goes on at the next up', async () => {
    const first = up();
    await first.said(/Ctrl-C stops it/);
    const processes = runningProcesses();
    first.child.kill('SIGKILL');
    expect(await Promise.all(processes.map((process) => waitForEnd(process, 8000)))).not.toContain(false);
    expect(await medaccord('status').ended).toMatchObject({ code: 3 });
    const second = up();
    await second.said(/Ctrl-C stops it/);
    expect(runningProcesses()).toHaveLength(6);
    second.child.kill('SIGTERM');
    expect(await second.ended).toMatchObject({ code: 0 });
  });

  it.each([[], ['--detach']])('says why a process died at start and stops the others %s', async (...more) => {
    writeFileSync(join(folder, 'break-gateway-lab-a'), '');
    const { code, stderr } = await up(...more).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(
      'gateway-lab-a ended at start with code 78; its last lines:\n  cannot read the key file',
    );
    expect(notes()).toContain('stop chaincode');
    expect(existsSync(join(home, 'run', 'state.json'))).toBe(false);
    rmSync(join(folder, 'break-gateway-lab-a'));
    expect(await up('--detach').ended).toMatchObject({ code: 0 });
  });

  it('restarts what dies and says so', async () => {
    const run = up();
    await run.said(/Ctrl-C stops it/);
    const before = runningProcesses();
    process.kill(before[0]?.pid ?? 0, 'SIGKILL');
    await expect
      .poll(() => JSON.parse(readFileSync(join(home, 'run', 'state.json'), 'utf8')).processes[0].restarts, {
        timeout: 8000,
      })
      .toBe(1);
    run.child.kill('SIGINT');
    expect((await run.ended).stderr).toMatch(/ended with SIGKILL; starting it again in 0\.5 s/);
  });

  it('names a taken port, who needs it and what to do', async () => {
    const topology = readFileSync(join(folder, 'topology.yaml'), 'utf8');
    const rest = Number(/rest: (\d+)/.exec(topology)?.[1]);
    const server = createServer().listen(rest, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const { code, stderr } = await up().ended;
    expect(code).toBe(4);
    expect(stderr).toContain(`port ${rest} (for REST gateway of hospital-a) is used by another program`);
    expect(stderr).toContain('--port-offset');
    expect(JSON.parse((await up('--json').ended).stdout)).toMatchObject({ error: { code: 'PORT_TAKEN' } });
  });

  it('starts beside a program on a port that the embedded engine does not open', async () => {
    const topology = readFileSync(join(folder, 'topology.yaml'), 'utf8');
    // The second organisation's chaincode.
    const port = Number(/lab-a[^]*chaincode:\s+port: (\d+)/.exec(topology)?.[1]);
    const server = createServer().listen(port, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    expect(await up('--detach').ended).toMatchObject({ code: 0 });
  });

  it('starts a network alone: authorities and the ledger, nothing of ours', async () => {
    const [peer, ca, orderer] = await freePorts(3);
    const network = {
      name: 'alone',
      environment: 'development',
      channel: 'mychannel',
      batch: { maxMessages: 50, maxBytes: 2_097_152, timeoutMs: 250 },
      orderers: {
        mspId: 'OrdererMSP',
        domain: 'orderer.example',
        consensus: 'raft',
        nodes: [{ name: 'o', port: orderer }],
      },
      organisations: [
        {
          name: 'org1',
          mspId: 'Org1MSP',
          domain: 'org1.example',
          peers: [{ name: 'peer0', port: peer }],
          ca: { port: ca },
        },
      ],
    };
    writeFileSync(join(folder, 'topology.yaml'), stringify(network));
    const started = await up('--detach').ended;
    expect(started).toMatchObject({ code: 0 });
    expect(notes()).toEqual(['start ca-org1', 'start ledger']);
    expect(started.stdout).toMatch(
      new RegExp(
        `org1 \\(Org1MSP\\) +localhost:${peer} +https://localhost:${ca} +home/org[^ ]+/msp +home/.*json`,
      ),
    );
    expect(started.stdout).toContain('Channels: mychannel');
    expect(started.stdout).toContain('npx medaccord peer list --home home');
    expect(await medaccord('status').ended).toMatchObject({ code: 0 });
    expect(await medaccord('login', '--as', 'User1@org1').ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is a network alone: it has no gateways'),
    });
  });

  it('keeps a home for the consortium that it was made for', async () => {
    await up('--detach').ended;
    await medaccord('down').ended;
    const other = readFileSync(join(folder, 'topology.yaml'), 'utf8').replace('name: lab-a', 'name: lab-b');
    writeFileSync(join(folder, 'topology.yaml'), other);
    expect(await up().ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('holds a consortium with other organisations'),
    });
  });
});

describe('medaccord, wrongly used', { timeout: 60_000 }, () => {
  it.each([
    [['up', '--engine', 'paper'], 2, /there is no engine paper/],
    [['upp'], 2, /unknown command 'upp'[^]*Did you mean up\?/],
    [['up', '--detatch'], 2, /unknown option '--detatch'[^]*Did you mean --detach\?/],
    [['up', '--port-offset', 'many'], 2, /must be a whole number/],
    [['up', '--topology', 'none.yaml'], 5, /none\.yaml:1:1 there is no such file/],
    [['login'], 2, /required option '--as/],
    [['login', '--as', 'doctor'], 2, /takes name@organisation/],
    [['login', '--as', 'doctor@hospital-a'], 3, /there is no consortium in/],
    [['logs', 'ledger'], 3, /there are no logs in .*logs\nStart it: medaccord up/],
    [['status'], 3, /no consortium is running/],
  ])('%j exits with %i', async (words, code, message) => {
    const run = await medaccord(...words).ended;
    expect(run.stderr).toMatch(message);
    expect(run.code).toBe(code);
    expect(existsSync(join(home, 'ledger'))).toBe(false);
  });

  it('says in one JSON object that nothing runs', async () => {
    const { code, stdout } = await medaccord('status', '--json').ended;
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      phase: 'stopped',
      processes: [],
      error: { code: 'NOT_RUNNING', hint: 'Start it: medaccord up' },
    });
  });

  it('refuses to run a production environment on the embedded ledger', async () => {
    const file = join(folder, 'topology.yaml');
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('environment: development', 'environment: production'),
    );
    expect(await up().ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('embedded ledger does not run where the environment is production'),
    });
  });

  it('shows help with examples and exit codes', async () => {
    const help = await medaccord('--help').ended;
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('Exit codes: 0 done') });
    expect((await medaccord('up', '--help').ended).stdout).toMatch(/Examples:[^]*--port-offset/);
  });
});

describe('medaccord topology check', () => {
  it('tells what a good file means, and every problem of a bad one with line and field', async () => {
    const file = join(folder, 'topology.yaml');
    const good = await medaccord('topology', 'check', 'topology.yaml').ended;
    expect(good).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("OutOf(2,'AMSP.peer','LMSP.peer')"),
    });
    writeFileSync(file, readFileSync(file, 'utf8').replace('kind: lab', 'kind: zoo'));
    const bad = await medaccord('topology', 'check', 'topology.yaml').ended;
    expect(bad).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/topology\.yaml:\d+:\d+ organisations\[1\]\.kind:/),
    });
  });
});
