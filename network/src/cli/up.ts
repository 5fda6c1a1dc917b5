import type { Command } from 'commander';
import { config, inheritedEnvironment } from '../config.js';
import type { ConsortiumState, Parts, Summary } from '../consortium/index.js';
import { bringUp, ConsortiumError, engineFor, runningState } from '../consortium/index.js';
import { runPaths } from '../home/index.js';
import type { RunLock } from '../process/index.js';
import { takeRunLock } from '../process/index.js';
import type { BackgroundMessage } from './background.js';
import { startInBackground, tellParent } from './background.js';
import type { GlobalOptions } from './global-options.js';
import { globalOptions } from './global-options.js';
import { obtainFabric } from './obtain-fabric.js';
import { printJson, printLine, printNote } from './output.js';
import { openProgressView } from './progress-view.js';
import { onStopSignal } from './stop-signals.js';
import { formatSummary } from './summary-text.js';

interface UpOptions {
  readonly detach: boolean;
  readonly background: boolean;
  readonly databaseUrl?: string;
  readonly anyFabricVersion: boolean;
}

export function registerUp(program: Command, parts: Parts): void {
  program
    .command('up')
    .description('start the consortium, or go on with a stopped one')
    .option('-d, --detach', 'leave it running in the background', false)
    .option(
      '--database-url <template>',
      'a PostgreSQL server of your own instead of the built-in one (or MEDACCORD_DATABASE_URL)',
      config.databaseUrl,
    )
    .option(
      '--any-fabric-version',
      'take programs of Fabric of another version, too (or MEDACCORD_FABRIC_ANY_VERSION=1)',
      config.fabricRelease.anyVersion,
    )
    .addOption(program.createOption('--background').hideHelp().default(false))
    .addHelpText(
      'after',
      `
Examples:
  medaccord up                              in the foreground; Ctrl-C stops all
  medaccord up --detach                     in the background; medaccord down stops it
  medaccord up --home /tmp/two --port-offset 100
                                            a second consortium beside the first
  medaccord up --topology config/examples/eight-organisations.yaml --home eight
  medaccord up --database-url 'postgres://me:secret@db/medaccord_{organisation}'`,
    )
    .action(async (options: UpOptions, command: Command) => {
      const global = globalOptions(command);
      // Before anything is made: what cannot run leaves nothing.
      if (engineFor(global.home, global.engine) === 'fabric' && !options.background) {
        await obtainFabric(options.anyFabricVersion);
      }
      if (options.background) await runInBackground(global, options, parts);
      else if (options.detach) await detach(global, options);
      else await runInForeground(global, options, parts);
    });
}

async function runInForeground(global: GlobalOptions, options: UpOptions, parts: Parts): Promise<void> {
  const lock = takeLock(global);
  if (lock === undefined) {
    show(global, await alreadyRunning(global), 'is already running');
    return;
  }
  const abort = new AbortController();
  const stopWanted = new Promise<string>((resolve) => {
    onStopSignal(
      (why) => {
        abort.abort();
        resolve(why);
      },
      { withNpm: true },
    );
  });
  const view = await openProgressView(global.json);
  try {
    const running = await start(global, options, parts, view.reporter, abort.signal).finally(() =>
      view.close(),
    );
    show(global, running.summary, 'is running');
    if (!global.json) printLine('\nCtrl-C stops it; its data stay.');
    const why = await stopWanted;
    printNote(`\nStopping (${why}) …`);
    await running.stop();
    printNote('Stopped.');
  } finally {
    lock.release();
  }
}

/** The supervisor behind `up --detach`: tells its parent what happens until it is ready. */
async function runInBackground(global: GlobalOptions, options: UpOptions, parts: Parts): Promise<void> {
  const lock = takeLock(global);
  if (lock === undefined) {
    tellParent({ type: 'ready', summary: await alreadyRunning(global), already: true });
    return;
  }
  const abort = new AbortController();
  let ready = false;
  const stopWanted = new Promise<void>((resolve) => {
    const stop = () => {
      abort.abort();
      resolve();
    };
    onStopSignal(stop, { withNpm: false });
    // Who started us went away before we were ready: nobody waits for this any more.
    process.on('disconnect', () => {
      if (!ready) stop();
    });
  });
  try {
    const reporter = (event: Parameters<typeof tellParent>[0] & { type: 'progress' }) => tellParent(event);
    const running = await start(
      global,
      options,
      parts,
      (event) => reporter({ type: 'progress', event }),
      abort.signal,
    );
    ready = true;
    tellParent({ type: 'ready', summary: running.summary, already: false });
    await stopWanted;
    await running.stop();
  } finally {
    lock.release();
  }
}

async function detach(global: GlobalOptions, options: UpOptions): Promise<void> {
  const view = await openProgressView(global.json);
  const message = await startInBackground(
    backgroundArguments(global),
    inheritedEnvironment({ databaseUrl: options.databaseUrl }),
    global.home,
    view.reporter,
  ).finally(() => view.close());
  show(global, message.summary, message.already ? 'is already running' : 'is running in the background');
  if (!global.json) printLine(`\nmedaccord status shows it, medaccord down stops it.`);
}

function backgroundArguments(global: GlobalOptions): string[] {
  return [
    'up',
    '--background',
    '--home',
    global.home,
    ...(global.engine === undefined ? [] : ['--engine', global.engine]),
    ...(global.topology === undefined ? [] : ['--topology', global.topology]),
    ...(global.portOffset === undefined ? [] : ['--port-offset', String(global.portOffset)]),
  ];
}

function start(
  global: GlobalOptions,
  options: UpOptions,
  parts: Parts,
  reporter: Parameters<typeof bringUp>[0]['reporter'],
  signal: AbortSignal,
): ReturnType<typeof bringUp> {
  return bringUp(
    {
      home: global.home,
      engine: engineFor(global.home, global.engine),
      topology: { file: global.topology, portOffset: global.portOffset },
      databaseUrl: options.databaseUrl,
      reporter,
      signal,
      events: {
        died: (name, how, waitMs, lastLines) => {
          const said = lastLines.map((line) => `\n    ${line.slice(0, 400)}`).join('');
          printNote(`${now()} ${name} ${how}; starting it again in ${waitMs / 1000} s${said}`);
        },
        told: (text) => printNote(`${now()} ${text}`),
        back: (name, restarts) => printNote(`${now()} ${name} is ready again (restart ${restarts})`),
      },
    },
    parts,
  );
}

function takeLock({ home }: GlobalOptions): RunLock | undefined {
  let lock;
  try {
    lock = takeRunLock(runPaths(home).lock);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const hint = 'Give a folder that you can write with --home, or run as its owner.';
    throw new ConsortiumError('HOME_NOT_USABLE', `${home} cannot be used: ${reason}`, hint, cause);
  }
  return 'release' in lock ? lock : undefined;
}

/**
 * Waits for the one that holds the lock to be ready.
 * @throws ConsortiumError STILL_STARTING where it ends, or takes longer than a minute.
 */
async function alreadyRunning({ home }: GlobalOptions): Promise<Summary> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    const state: ConsortiumState | undefined = runningState(home);
    if (state?.summary !== undefined && state.phase === 'running') return state.summary;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new ConsortiumError('STILL_STARTING', `another medaccord up holds ${home}, and is not ready`);
}

function show({ json }: GlobalOptions, summary: BackgroundMessage['summary'], what: string): void {
  if (json) printJson({ ...summary, alreadyRunning: what.includes('already') });
  else printLine(`\n${summary.name} ${what}.\n\n${formatSummary(summary)}`);
}

function now(): string {
  return new Date().toISOString().slice(11, 19);
}
