import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type ConsortiumTopology, listPorts, loadConsortium } from '@medaccord/network/topology';
import { freePortOffset, isFree } from '../consortium/free-ports.js';
import { logIn } from '../consortium/identity.js';
import { value } from '../story/api.js';
import { MEMORY_BYTES, READY_SECONDS, megabytes, seconds } from './bounds.js';
import { Foreground } from './foreground.js';
import { type Newcomer, run } from './newcomer.js';
import type { Promises } from './promises.js';
import { tryCommands } from './try-commands.js';

const PORT_TAKEN = 4;
const STOP_SECONDS = 30;
/** One small file of tests: that `npm test` works is shown, not every test. */
const A_TEST = 'chaincode/src/api/merkle.test.ts';

/** What was measured on the way. */
export interface Day {
  readonly newcomer: string;
  installAndBuildSeconds?: number;
  firstStartSeconds?: number;
  secondStartSeconds?: number;
  memoryBytes?: number;
}

/**
 * What somebody does on the first day with a fresh clone: start, look, stop, start again; tests. Every promise goes to
 * `promises`; what cannot go on after a broken one is left out.
 */
export async function firstDay(newcomer: Newcomer, promises: Promises): Promise<Day> {
  const { name, folder } = newcomer;
  const check = (promise: string, kept: boolean, note?: string) => promises.check(name, promise, kept, note);
  const topology = loadConsortium(join(folder, 'config/topology.yaml'));
  const offset = String(await freePortOffset(topology));
  const day: Day = { newcomer: name };

  const first = await Foreground.start(newcomer, '--port-offset', offset);
  day.installAndBuildSeconds = first.secondsToBuilt;
  check(
    'npm start installs and builds what is missing, and starts',
    first.secondsToBuilt !== undefined,
    seconds(first.secondsToBuilt ?? NaN),
  );
  const home = join(folder, '.medaccord');
  const running = loadConsortium(join(home, 'topology.yaml'));
  day.firstStartSeconds = ready(first, 'the first start');
  await tryCommands(newcomer, first.commandsToTry, promises);
  const story = await run(newcomer, 'npm', ['run', 'story', '--', '--patients', '1']);
  check('npm run story plays the story', story.code === 0, lastLine(story.stdout || story.stderr));
  const before = await patients(home, running);
  day.memoryBytes = first.memory();
  check(
    `all processes take under ${megabytes(MEMORY_BYTES)}`,
    day.memoryBytes < MEMORY_BYTES,
    megabytes(day.memoryBytes),
  );
  await interrupted(first);
  await takenPort();

  const second = await Foreground.start(newcomer, '--port-offset', offset);
  day.secondStartSeconds = ready(second, 'the second start');
  const after = await patients(home, running);
  check(
    'the second start goes on with the data',
    before.length > 0 && after.join() === before.join(),
    `${String(after.length)} of ${String(before.length)} patients`,
  );
  await interrupted(second);

  const tests = await run(newcomer, 'npm', ['test', '--', A_TEST]);
  check('npm test runs tests', tests.code === 0, tests.code === 0 ? undefined : lastLine(tests.stderr));
  const wiped = await run(newcomer, 'npx', ['medaccord', 'down', '--wipe', '--yes']);
  check('medaccord down --wipe removes everything', wiped.code === 0, lastLine(wiped.stderr) || undefined);
  return day;

  function ready(start: Foreground, which: string): number {
    const took = start.secondsToReady;
    check(`${which} is ready within ${String(READY_SECONDS)} s`, took < READY_SECONDS, seconds(took));
    return took;
  }

  async function interrupted(start: Foreground): Promise<void> {
    const { seconds: took, left } = await start.interrupt();
    const ports = await busyPorts(running);
    check(
      'Ctrl-C leaves no process and no port',
      left.length === 0 && ports.length === 0 && took < STOP_SECONDS,
      [
        seconds(took),
        ...left.map((pid) => `process ${String(pid)}`),
        ...ports.map((port) => `port ${port}`),
      ].join(', '),
    );
  }

  /** Somebody listens where a gateway would. */
  async function takenPort(): Promise<void> {
    const port = running.organisations.at(-1)?.gateway.rest ?? 0;
    const intruder = createServer().listen(port, 'localhost');
    await once(intruder, 'listening');
    const start = await run(newcomer, 'npm', ['start', '--', '--port-offset', offset]);
    intruder.close();
    check(
      'a taken port is named, with what to do',
      start.code === PORT_TAKEN &&
        start.stderr.includes(String(port)) &&
        start.stderr.includes('--port-offset'),
      `port ${String(port)}, exit code ${String(start.code)}`,
    );
  }
}

async function busyPorts(topology: ConsortiumTopology): Promise<string[]> {
  const ports = listPorts(topology);
  const free = await Promise.all(ports.map(({ port }) => isFree(port)));
  return ports
    .filter((_port, index) => free[index] === false)
    .map(({ port, use }) => `${String(port)} (${use})`);
}

/** What the front desk of the first organisation sees, in order. */
async function patients(home: string, { organisations }: ConsortiumTopology): Promise<string[]> {
  const [organisation] = organisations;
  if (organisation === undefined) throw new RangeError('a topology has organisations');
  const { api } = await logIn(home, organisation, 'clerk');
  try {
    const { items } = await value(api.GET('/v1/patients'));
    return items.map(({ id }) => id);
  } finally {
    api.close();
  }
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
