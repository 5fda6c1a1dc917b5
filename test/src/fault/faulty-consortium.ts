import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startBenchConsortium, type EngineName } from '../bench/bench-consortium.js';
import {
  medaccordJson,
  processTree,
  runProgram,
  type Consortium,
  type ProcessLine,
} from '../consortium/index.js';
import { BatchLoad, type AnchoredBatch } from './batch-load.js';
import { PeersAgree } from './peers-agree.js';

const BACK_MS = 120_000;
const VERIFY_MS = 600_000;

/** A consortium on one of the engines whose processes meet with accidents, and what was acknowledged in it. */
export class FaultyConsortium {
  readonly anchored: AnchoredBatch[] = [];
  readonly #agree: PeersAgree;

  private constructor(
    readonly consortium: Consortium,
    private readonly end: () => Promise<void>,
  ) {
    this.#agree = new PeersAgree(consortium);
  }

  static async start(engine: EngineName): Promise<FaultyConsortium> {
    const { consortium, remove } = await startBenchConsortium(engine);
    return new FaultyConsortium(consortium, remove);
  }

  load(): Promise<BatchLoad> {
    return BatchLoad.start(this.consortium, this.anchored);
  }

  /** SIGKILL; resolves when the supervisor has it running and ready again. */
  async kill(name: string): Promise<void> {
    const victim = this.process(name);
    signal(treesOf([victim]), 'SIGKILL');
    await this.#until(`${name} to be back`, () => {
      const { status, restarts } = this.process(name);
      return status === 'ready' && restarts > victim.restarts;
    });
  }

  /** SIGSTOP, and SIGCONT when `work` has ended. */
  async paused(names: readonly string[], work: () => Promise<void>): Promise<void> {
    const pids = treesOf(names.map((name) => this.process(name)));
    signal(pids, 'SIGSTOP');
    try {
      await work();
    } finally {
      signal(pids, 'SIGCONT');
    }
  }

  /** As the supervisor's own file has it: asking a process would not do while one hangs. */
  processes(): ProcessLine[] {
    const state = JSON.parse(readFileSync(join(this.consortium.home, 'run/state.json'), 'utf8')) as {
      processes: ProcessLine[];
    };
    return state.processes;
  }

  process(name: string): ProcessLine {
    const found = this.processes().find((line) => line.name === name);
    if (found === undefined) throw new Error(`there is no process ${name}`);
    return found;
  }

  /** The orderer that leads the channel, by `medaccord status`. */
  async leader(): Promise<string> {
    const { home, topology } = this.consortium;
    let found: string | undefined;
    await this.#until('a leader', async () => {
      const { nodes } = await medaccordJson<{ nodes: { name: string; leads?: string[] }[] }>(
        'status',
        '--home',
        home,
      );
      found = nodes.find(({ leads }) => leads?.includes(topology.channel))?.name;
      return found !== undefined;
    });
    return found ?? '';
  }

  /** Nothing is lost, twice, or different on another peer. Nothing may be under way. @returns the number of blocks. */
  check(): Promise<number> {
    return this.#agree.check(this.anchored);
  }

  /** Every gateway's read model is what the ledger says. @throws Error with what differs. */
  async verifyReadModels(): Promise<void> {
    for (const { name } of this.consortium.topology.organisations) {
      const config = join(this.consortium.home, 'gateways', name, 'config.json');
      const program = 'gateway/bin/medaccord-gateway.mjs';
      const options = { timeoutMs: VERIFY_MS };
      const { code, stdout, stderr } = await runProgram(program, ['verify', '--config', config], options);
      if (code !== 0) throw new Error(`the read model of ${name} differs: ${stdout}${stderr}`);
    }
  }

  async remove(): Promise<void> {
    await this.consortium.disconnect();
    await this.end();
  }

  async #until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    const until = Date.now() + BACK_MS;
    while (!(await isSo())) {
      if (Date.now() > until) throw new Error(`waited ${String(BACK_MS)} ms for ${what}`);
      await setTimeout(100);
    }
  }
}

/** Programs that are not ours run below one that watches them. */
function treesOf(lines: readonly ProcessLine[]): number[] {
  return lines.flatMap(({ name, pid }) => {
    if (pid === undefined) throw new Error(`${name} does not run`);
    return processTree(pid);
  });
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      // It has ended with its parent.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
