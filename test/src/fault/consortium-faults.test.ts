import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineName } from '../bench/bench-consortium.js';
import { ENGINES_HERE } from '../consortium/engines.js';
import { FaultyConsortium } from './faulty-consortium.js';

const KILLS = Number(process.env['MEDACCORD_FAULT_KILLS'] ?? 20);
const PAUSE_MS = Number(process.env['MEDACCORD_FAULT_PAUSE_MS'] ?? 30_000);
const SETUP_MS = 300_000;
const ONE_MS = 180_000;
/** Acknowledged before an accident, and again after it. */
const SOME = 20;

const LEADER = 'the Raft leader';
const VICTIMS: Readonly<Record<EngineName, readonly string[]>> = {
  embedded: ['ledger', 'chaincode', 'gateway-hospital-a', 'postgres'],
  fabric: [
    LEADER,
    'peer0.hospital-a',
    'peer0.hospital-b',
    'chaincode-hospital-a',
    'gateway-hospital-a',
    'postgres',
  ],
};

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

describe.each(ENGINES_HERE)('a consortium on %s, under a load of submits', (engine) => {
  let faulty: FaultyConsortium;
  beforeAll(async () => {
    faulty = await FaultyConsortium.start(engine);
  }, SETUP_MS);
  afterAll(() => faulty?.remove(), SETUP_MS);

  /** Everything acknowledged is there, once, on all peers; and the read models say what the ledger says. */
  async function settled(what: string): Promise<void> {
    const blocks = await faulty.check();
    await faulty.verifyReadModels();
    const count = String(faulty.anchored.length);
    say(
      `${engine}: ${what}; ${count} acknowledged so far, none lost, none twice; ${String(blocks)} blocks, equal`,
    );
  }

  it.each(VICTIMS[engine])(
    `loses nothing when %s is killed (${String(KILLS)} times)`,
    async (victim) => {
      for (let kill = 1; kill <= KILLS; kill += 1) {
        const load = await faulty.load();
        await load.anchors(SOME);
        await faulty.kill(victim === LEADER ? await faulty.leader() : victim);
        await load.anchors(SOME);
        await load.finish();
        await faulty.check();
      }
      await settled(`${String(KILLS)} x ${victim} killed`);
    },
    KILLS * ONE_MS,
  );

  it(
    `loses nothing when a process stands still for ${String(PAUSE_MS / 1_000)} s, each in its turn`,
    async () => {
      const names = faulty.processes().map(({ name }) => name);
      for (const name of names) {
        const load = await faulty.load();
        await load.anchors(SOME);
        await faulty.paused([name], () => setTimeout(PAUSE_MS));
        await load.anchors(SOME);
        await load.finish();
        await faulty.check();
      }
      await settled(`each of ${String(names.length)} processes paused`);
    },
    60 * (PAUSE_MS + ONE_MS),
  );

  it.skipIf(engine === 'embedded')(
    'answers 503 and acknowledges nothing while two of three orderers stand still, and goes on when they are back',
    async () => {
      const { nodes } = faulty.consortium.topology.orderers;
      const two = nodes.slice(0, 2).map(({ name }) => name);
      const load = await faulty.load();
      await load.anchors(SOME);
      const before = new Map(load.problems);
      const told = (): string[] => [...load.problems.keys()].filter((problem) => !before.has(problem));
      await faulty.paused(two, async () => {
        // What was ordered before may still be committed.
        await setTimeout(3_000);
        const known = faulty.anchored.length;
        await expect.poll(told, { timeout: 90_000 }).not.toEqual([]);
        expect(faulty.anchored.length).toBe(known);
      });
      await load.anchors(SOME);
      await load.finish();
      expect(told().filter((problem) => !problem.startsWith('503 '))).toEqual([]);
      await settled('two of three orderers stopped');
    },
    2 * ONE_MS,
  );
});
