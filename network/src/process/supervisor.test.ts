import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../testing/free-ports.js';
import type { ProcessIdentity } from './process-identity.js';
import { identify, isRunning, waitForEnd } from './process-identity.js';
import type { ProcessSpec } from './process-spec.js';
import { READY_LINE, waitBeforeRestart } from './process-spec.js';
import { Supervisor } from './supervisor.js';

let folder: string;
let supervisor: Supervisor | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'medaccord-supervisor-'));
});
afterEach(async () => {
  await supervisor?.stop();
  supervisor = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** A Node program that notes what happens to it in a file shared by all. */
function program(name: string, body = ''): ProcessSpec {
  const module = join(folder, `${name}.mjs`);
  writeFileSync(
    module,
    `import { appendFileSync } from 'node:fs';
     const note = (what) => appendFileSync(${JSON.stringify(join(folder, 'notes'))}, what + ' ${name}\\n');
     process.on('SIGTERM', () => { note('stop'); process.exit(0); });
     ${body}
     note('start');
     setTimeout(() => console.log('{"ready":true}'), 20);
     setInterval(() => undefined, 1000);`,
  );
  return { name, module, ready: { line: READY_LINE } };
}
const notes = () => readFileSync(join(folder, 'notes'), 'utf8').trim().split('\n');
const pidOf = (name: string) => supervisor?.reports.find((report) => report.name === name)?.pid ?? -1;

function supervise(events: ConstructorParameters<typeof Supervisor>[0]['events'] = {}): Supervisor {
  supervisor = new Supervisor({
    logFolder: join(folder, 'logs'),
    events,
    backOff: { firstMs: 10, maxMs: 40, resetAfterMs: 60_000 },
  });
  return supervisor;
}

describe('supervisor', () => {
  it('starts what is not there yet, and forgets what fails', async () => {
    const running = supervise();
    const first = program('first');
    await running.start(first);
    await running.ensure(first, program('second'));
    expect(notes()).toEqual(['start first', 'start second']);
    const failing = program('failing', 'process.exit(3);');
    await expect(running.ensure(failing)).rejects.toMatchObject({ code: 'DIED_AT_START' });
    expect(running.specOf('failing')).toBeUndefined();
    await running.ensure(program('failing'));
    expect(running.reports.map(({ name }) => name)).toEqual(['first', 'second', 'failing']);
  });

  it('hands over to a successor that serves already, and keeps the old one where that fails', async () => {
    const running = supervise();
    await running.start(program('one'), program('two'));
    const old = pidOf('one');
    const next = { ...program('one'), arguments: ['anew'] };
    const refused = running.handOver(next, () => Promise.reject(new Error('not yet')));
    await expect(refused).rejects.toThrow('not yet');
    expect([pidOf('one'), running.reports.length]).toEqual([old, 2]);
    let seen: number[] = [];
    await running.handOver(next, () => {
      seen = running.reports.filter(({ name }) => name === 'one').map(({ pid = 0 }) => pid);
      return Promise.resolve();
    });
    expect(seen).toHaveLength(2);
    expect(identify(old)).toBeUndefined();
    expect(running.reports.map(({ name }) => name)).toEqual(['one', 'two']);
    expect(running.specOf('one')?.arguments).toEqual(['anew']);
  });

  it('replaces one in its place, and removes one for good', async () => {
    const running = supervise();
    await running.start(program('one'));
    await running.start(program('two'));
    const old = pidOf('one');
    await running.replace({ ...program('one'), reads: 'something else' });
    expect(pidOf('one')).not.toBe(old);
    await running.remove('two');
    expect(running.reports.map(({ name, status }) => `${name} ${status}`)).toEqual(['one ready']);
    await running.stop();
    expect(notes().at(-1)).toBe('stop one');
  });

  it('starts in order, each after the one before is ready, and stops in reverse', async () => {
    const running = supervise();
    await running.start(program('first'));
    await running.start(program('second'));
    await running.start(program('third'));
    expect(running.reports.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'first ready',
      'second ready',
      'third ready',
    ]);
    const pids = ['first', 'second', 'third'].map(pidOf);
    await running.stop();
    expect(notes()).toEqual([
      'start first',
      'start second',
      'start third',
      'stop third',
      'stop second',
      'stop first',
    ]);
    expect(pids.map((pid) => identify(pid))).toEqual([undefined, undefined, undefined]);
  });

  it('says why a process died at its start, with its last lines, and leaves nothing running', async () => {
    const running = supervise();
    const broken = program(
      'broken',
      `console.error('line one'); console.error('no such setting'); process.exit(78);`,
    );
    await expect(running.start(program('fine'), broken)).rejects.toMatchObject({
      code: 'DIED_AT_START',
      processName: 'broken',
      lastLines: ['line one', 'no such setting'],
      message: expect.stringContaining('broken ended at start with code 78; its last lines:\n  line one'),
    });
    await running.stop();
    expect(running.reports.every(({ pid, status }) => pid === undefined && status === 'stopped')).toBe(true);
  });

  it('gives up a process that is not ready in time', async () => {
    const mute = { ...program('mute'), ready: { line: /never/ }, readyTimeoutMs: 300 };
    await expect(supervise().start(mute)).rejects.toMatchObject({ code: 'NOT_READY_IN_TIME' });
    expect(pidOf('mute')).toBe(-1);
  });

  it('takes a process as ready when its port accepts connections', async () => {
    const port = await freePort();
    const serving = program(
      'serving',
      `const { createServer } = await import('node:net');
       setTimeout(() => createServer().listen(${port}, 'localhost', () => note('listening')), 100);`,
    );
    await supervise().start({ ...serving, ready: { port }, port });
    expect(notes()).toEqual(['start serving', 'listening serving']);
  });

  it('restarts what dies, with growing waits, and reports it', async () => {
    const deaths: number[] = [];
    let revived: () => void = () => undefined;
    const back = new Promise<void>((resolve) => (revived = resolve));
    const mortal = program(
      'mortal',
      `const { existsSync, readFileSync } = await import('node:fs');
       const runs = existsSync('${join(folder, 'notes')}') ? readFileSync('${join(folder, 'notes')}', 'utf8').split('\\n').length : 0;
       if (runs === 2 || runs === 3) { note('crash'); process.exit(3); }`,
    );
    const running = supervise({
      died: (name, how, waitMs) => {
        expect(name).toBe('mortal');
        expect(how).toMatch(deaths.length === 0 ? /ended with SIGKILL/ : /^ended at start with code 3$/);
        deaths.push(waitMs);
      },
      back: () => revived(),
    });
    await running.start(mortal);
    process.kill(pidOf('mortal'), 'SIGKILL');
    await back;
    expect(deaths).toEqual([10, 20, 40]);
    expect(running.reports[0]).toMatchObject({ status: 'ready', restarts: 3 });
  });

  it('kills what does not obey within its grace period', async () => {
    const deaf = program(
      'deaf',
      `process.removeAllListeners('SIGTERM'); process.on('SIGTERM', () => undefined);`,
    );
    const running = supervise();
    await running.start({ ...deaf, graceMs: 100 });
    const identity = identify(pidOf('deaf')) as ProcessIdentity;
    await running.stop();
    expect(isRunning(identity)).toBe(false);
  });

  it('stops a foreign program under its guard with the signal that the program wants', async () => {
    const script = join(folder, 'foreign.sh');
    writeFileSync(
      script,
      `trap 'echo interrupted; exit 0' INT\necho serving\nwhile :; do sleep 0.05; done\n`,
    );
    const running = supervise();
    await running.start({
      name: 'foreign',
      program: '/bin/sh',
      arguments: [script],
      environment: { PATH: '/usr/bin:/bin' },
      ready: { line: /^serving$/ },
      stopSignal: 'SIGINT',
    });
    await running.stop();
    expect(readFileSync(join(folder, 'logs', 'foreign.log'), 'utf8')).toBe('serving\ninterrupted\n');
  });

  it('ends a foreign program whose guard was killed, and starts both again', async () => {
    const script = join(folder, 'foreign.sh');
    const pidFile = join(folder, 'shell-pid');
    writeFileSync(
      script,
      `trap 'echo interrupted; exit 0' INT\necho $$ > ${pidFile}\necho serving\nwhile :; do sleep 0.05; done\n`,
    );
    let revived: () => void = () => undefined;
    const back = new Promise<void>((resolve) => (revived = resolve));
    const running = supervise({ back: () => revived() });
    await running.start({
      name: 'foreign',
      program: '/bin/sh',
      arguments: [script],
      environment: { PATH: '/usr/bin:/bin' },
      ready: { line: /^serving$/ },
      stopSignal: 'SIGINT',
    });
    const orphan = identify(Number(readFileSync(pidFile, 'utf8'))) as ProcessIdentity;
    process.kill(pidOf('foreign'), 'SIGKILL');
    await back;
    expect(isRunning(orphan)).toBe(false);
    expect(isRunning(identify(Number(readFileSync(pidFile, 'utf8'))) as ProcessIdentity)).toBe(true);
    expect(readFileSync(join(folder, 'logs', 'foreign.log'), 'utf8')).toBe('serving\ninterrupted\nserving\n');
  });

  it('leaves no process behind when it is itself killed with SIGKILL', async () => {
    const script = join(folder, 'foreign.sh');
    writeFileSync(
      script,
      // It does not obey: real programs may take longer to stop than the grace period.
      `trap '' TERM\necho $$ > ${join(folder, 'shell-pid')}\necho serving\nwhile :; do sleep 0.05; done\n`,
    );
    const foreign = {
      name: 'foreign',
      program: '/bin/sh',
      arguments: [script],
      environment: { PATH: '/usr/bin:/bin' },
    };
    const specs = [
      program('one'),
      program('busy', `process.removeAllListeners('SIGTERM'); process.on('SIGTERM', () => process.exit(0));`),
    ];
    const main = join(folder, 'main.mjs');
    writeFileSync(
      main,
      `import { Supervisor } from ${JSON.stringify(new URL('../../dist/process/supervisor.js', import.meta.url).href)};
       const supervisor = new Supervisor({ logFolder: ${JSON.stringify(join(folder, 'logs'))} });
       const ready = { line: /"ready"|serving/ };
       await supervisor.start(...${JSON.stringify([...specs, foreign])}.map((spec) => ({ ...spec, ready })));
       console.log(JSON.stringify(supervisor.reports.map(({ pid }) => pid)));`,
    );
    const parent = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit'] });
    const first = await createInterface(parent.stdout)[Symbol.asyncIterator]().next();
    const shell = Number(readFileSync(join(folder, 'shell-pid'), 'utf8'));
    const pids = [...(JSON.parse(String(first.value)) as number[]), shell];
    const identities = pids.map((pid) => identify(pid) as ProcessIdentity);
    expect(identities).toHaveLength(4);
    parent.kill('SIGKILL');
    expect(await Promise.all(identities.map((identity) => waitForEnd(identity, 8000)))).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });
});

it('doubles the wait before each restart up to a maximum', () => {
  const backOff = { firstMs: 500, maxMs: 30_000, resetAfterMs: 1 };
  expect([1, 2, 3, 7, 8, 1000].map((restart) => waitBeforeRestart(restart, backOff))).toEqual([
    500, 1000, 2000, 30_000, 30_000, 30_000,
  ]);
});
