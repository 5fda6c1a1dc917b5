import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openChannel } from '../channel/open-channel.js';
import { checkLedger } from '../check/index.js';
import type { LoadConfig } from './commit-under-load.js';
import type { TestChannel } from './test-channel.js';

/** A child process runs what the build made of the program. */
const PROGRAM = fileURLToPath(
  new URL('../../../dist/embedded/testing/commit-under-load.js', import.meta.url),
);
/** A start takes about as long as this; kills within it meet recovery too. */
const START_MS = 1_500;
/** Of the kills, so many come at a random time after the start of the process; the others under load. */
const EARLY = 0.3;

export interface KillRound {
  /** Killed so many milliseconds after it began; else after so many commits were told. */
  readonly killedAfterMs: number | undefined;
  /** Commits that were told in this round. */
  readonly told: number;
  readonly blocks: number;
}

/** A ledger that is killed again and again in the middle of its work, and looked at after each time. */
export class KilledLedger {
  /** Every commit that was told: code by transaction id. */
  readonly told = new Map<string, number>();
  readonly #config: LoadConfig;
  readonly #channel: TestChannel;
  readonly #random: () => number;

  private constructor(channel: TestChannel, config: LoadConfig, random: () => number) {
    this.#channel = channel;
    this.#config = config;
    this.#random = random;
  }

  /** @param name Of the folder in the channel's; different for each. */
  static async make(channel: TestChannel, name: string, random: () => number): Promise<KilledLedger> {
    const { organisations } = channel;
    const issue = async (of: string, user: string, ou: string) => {
      const organisation = organisations[of];
      if (organisation === undefined) throw new Error(`no organisation ${of}`);
      return { mspId: of, dir: (await organisation.issue(user, { ou: [ou] })).dir };
    };
    const config = {
      dir: join(channel.dir, name),
      msps: Object.values(organisations).map(({ mspId, dir }) => ({ mspId, dir })),
      orderer: await issue('Orderer', `${name}-orderer`, 'orderer'),
      client: await issue('A', `${name}-client`, 'client'),
      peers: await Promise.all(['A', 'B', 'C'].map((of) => issue(of, `${name}-peer`, 'peer'))),
    };
    return new KilledLedger(channel, config, random);
  }

  /**
   * Starts the ledger under load, kills it with SIGKILL, checks its files as the kill left them, and opens them.
   * @throws Error naming what was lost, told twice, or is not what the blocks say.
   */
  async round(): Promise<KillRound> {
    const isEarly = this.#random() < EARLY;
    const killedAfterMs = isEarly ? Math.floor(this.#random() * START_MS) : undefined;
    const before = this.told.size;
    await this.#runAndKill(killedAfterMs, 1 + Math.floor(this.#random() * 100));
    const blocks = await this.#checkFiles();
    await this.#open();
    return { killedAfterMs, told: this.told.size - before, blocks };
  }

  /** Checks the files after a clean stop: nothing is left for a next start to do. */
  async finish(): Promise<void> {
    const { faults, notes } = await checkLedger(this.#options);
    if (faults.length + notes.length > 0) throw new Error([...faults, ...notes].map(String).join('; '));
  }

  async remove(): Promise<void> {
    await rm(this.#config.dir, { recursive: true, force: true });
  }

  get #options() {
    return { ...this.#channel.options, dir: this.#config.dir };
  }

  async #runAndKill(afterMs: number | undefined, afterTold: number): Promise<void> {
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(this.#config)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const errors: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
    const closed = once(child, 'close');
    if (afterMs !== undefined) void setTimeout(afterMs).then(() => child.kill('SIGKILL'));
    let count = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const [txId, code] = line.split(' ');
      if (txId === undefined || code === undefined) continue;
      this.told.set(txId, Number(code));
      count += 1;
      if (afterMs === undefined && count >= afterTold) child.kill('SIGKILL');
    }
    await closed;
    if (child.signalCode !== 'SIGKILL') throw new Error(`the ledger ended by itself: ${errors.join('')}`);
  }

  async #checkFiles(): Promise<number> {
    if (!existsSync(join(this.#config.dir, 'blocks'))) return 0;
    const times = new Map<string, number>();
    const codes = new Map<string, number>();
    const { faults, blocks } = await checkLedger({
      ...this.#options,
      onTransaction: (txId, code) => {
        times.set(txId, (times.get(txId) ?? 0) + 1);
        codes.set(txId, code);
      },
    });
    if (faults.length > 0) throw new Error(faults.map(String).join('; '));
    for (const [txId, code] of this.told) {
      if (!codes.has(txId)) throw new Error(`transaction ${txId} was told to be committed, and is lost`);
      if (codes.get(txId) !== code) throw new Error(`transaction ${txId} was told to be ${String(code)}`);
    }
    const [twice] = [...times].filter(([, count]) => count > 1);
    if (twice !== undefined)
      throw new Error(`transaction ${twice[0]} is ${String(twice[1])} times in the blocks`);
    return blocks;
  }

  /** Recovery takes in all that was told. */
  async #open(): Promise<void> {
    const { ledger, orderer } = await openChannel(this.#options);
    try {
      for (const [txId, code] of this.told) {
        if (ledger.transaction(txId)?.code !== code) throw new Error(`transaction ${txId} was not recovered`);
      }
    } finally {
      await orderer.close();
      await ledger.close();
    }
  }
}
