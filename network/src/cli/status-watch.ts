import { setTimeout as wait } from 'node:timers/promises';
import type { ProcessLine } from '../consortium/index.js';
import { readStatus, type Status } from './status-report.js';
import { nodeRow, statusText } from './status-text.js';
import { onStopSignal } from './stop-signals.js';

export interface WatchOptions {
  readonly home: string;
  readonly json: boolean;
  /** Between two looks. */
  readonly seconds: number;
}

const CLEAR = '\u001b[2J\u001b[H';

/** Shows the status again and again until the process is asked to stop; then it resolves. */
export async function watchStatus(first: Status, { home, json, seconds }: WatchOptions): Promise<void> {
  const abort = new AbortController();
  onStopSignal(() => abort.abort(), { withNpm: true });
  // Whoever read our output has gone: there is nobody to watch for.
  process.stdout.on('error', () => abort.abort());
  const show = json ? showJson : process.stdout.isTTY ? redraw(seconds) : showChanges();
  for (let status: Status | undefined = first; !abort.signal.aborted; status = await readStatus(home)) {
    show(status, home);
    await wait(seconds * 1000, undefined, { signal: abort.signal }).catch(() => undefined);
  }
}

type Show = (status: Status | undefined, home: string) => void;

const showJson: Show = (status, home) => {
  write(JSON.stringify(status ?? { home, phase: 'stopped', processes: [], nodes: [] }));
};

function redraw(seconds: number): Show {
  return (status, home) => {
    const text = status === undefined ? stopped(home) : statusText(status);
    write(`${CLEAR}${text}\n\n${now()}, again every ${seconds} s; Ctrl-C ends it`);
  };
}

/** A line for each node at first, then for each whose line is another one. */
function showChanges(): Show {
  const shown = new Map<string, string>();
  return (status, home) => {
    const lines = new Map(status === undefined ? [['', stopped(home)]] : linesOf(status));
    for (const [name, line] of lines) if (shown.get(name) !== line) write(`${now()} ${line}`);
    shown.clear();
    for (const [name, line] of lines) shown.set(name, line);
  };
}

/** Processes and nodes; a node of a process of its own is one line with it. Disk use changes all the time. */
function linesOf({ processes, nodes }: Status): [string, string][] {
  const ownLine = processes
    .filter(({ name }) => !nodes.some((node) => node.name === name))
    .map((line): [string, string] => [line.name, `${line.name} ${state(line)}`]);
  return [
    ...ownLine,
    ...nodes.map((node): [string, string] => {
      const process = processes.find(({ name }) => name === node.process);
      const [name = '', ...cells] = nodeRow({ ...node, diskBytes: undefined });
      return [name, [name, state(process), ...cells].join('  ')];
    }),
  ];
}

function state(process: ProcessLine | undefined): string {
  const { status = 'stopped', restarts = 0 } = process ?? {};
  return restarts === 0 ? status : `${status} (restart ${restarts})`;
}

function stopped(home: string): string {
  return `no consortium is running in ${home}`;
}

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}

function now(): string {
  return new Date().toISOString().slice(11, 19);
}
