import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LedgerEvent, createClient, events } from '@medaccord/gateway/client';
import { listPorts } from '@medaccord/network/topology';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import {
  Consortium,
  type ProcessLine,
  isAlive,
  isFree,
  processTree,
  testedEngine,
  wideLimits,
  wipeConsortium,
} from '../consortium/index.js';
import { listedPatients, lostAt } from '../features/given/kept.js';
import { type Acknowledged, RegistrationLoad } from '../features/given/load.js';

const HOSPITALS = ['hospital-a', 'hospital-b'];
const ENOUGH = 20;

/** One of each kind of process that a submit needs. */
const VICTIMS = [
  ...(testedEngine() === 'fabric'
    ? ['orderer0', 'peer0.hospital-a', 'chaincode-hospital-a']
    : ['ledger', 'chaincode']),
  'gateway-hospital-a',
  'postgres',
];

/** Processes are killed, and only the supervisor helps; the tests build on each other's data. */
describe('a consortium whose processes are killed', () => {
  let folder: string;
  let consortium: Consortium;
  /** By all loads so far. */
  const acknowledged: Acknowledged[] = [];
  beforeAll(async () => {
    // All that was acknowledged is asked for again, after each of the kills.
    folder = await mkdtemp(join(tmpdir(), 'medaccord-faults-'));
    consortium = await Consortium.start(join(inject('consortia'), 'faults'), await wideLimits(folder));
  });
  afterAll(async () => {
    await consortium.disconnect();
    await wipeConsortium(consortium.home);
    await rm(folder, { recursive: true });
  });

  const others = (lines: ProcessLine[], victim: string) =>
    Object.fromEntries(lines.filter(({ name }) => name !== victim).map(({ name, pid }) => [name, pid]));

  async function killed(name: string): Promise<void> {
    const now = () => {
      const state = JSON.parse(readFileSync(join(consortium.home, 'run/state.json'), 'utf8')) as {
        processes: ProcessLine[];
      };
      return state.processes.find((process) => process.name === name);
    };
    const victim = now();
    process.kill(victim?.pid ?? NaN, 'SIGKILL');
    const restarts = (victim?.restarts ?? 0) + 1;
    await vi.waitFor(() => expect(now()).toMatchObject({ status: 'ready', restarts }), {
      timeout: 60_000,
      interval: 100,
    });
  }

  /** By another `up`: what was there is there, and more can be done. */
  async function resumed(): Promise<void> {
    expect(await consortium.command('up', '--detach', '--json')).toMatchObject({ code: 0 });
    // A gateway serves before its read model has the blocks that came while it was away.
    for (const { name } of consortium.topology.organisations) await ready(name);
    expect(await lostAt(consortium, 'hospital-a', acknowledged)).toEqual([]);
    const listed = await listedPatients(consortium, 'hospital-b');
    expect(listed).toEqual(expect.arrayContaining(acknowledged.map(({ patient }) => patient)));
    const load = await RegistrationLoad.start(consortium, HOSPITALS);
    await load.acknowledges(1, HOSPITALS);
    await load.stop();
    acknowledged.push(...load.acknowledged);
  }

  /** Its gateway says so of itself, with no login. */
  async function ready(organisation: string): Promise<void> {
    const api = await createClient({ ...(await consortium.gateway(organisation)), retries: 0 });
    await vi.waitFor(
      async () => {
        expect((await api.GET('/readyz')).data).toMatchObject({
          parts: { peer: 'ok', readModel: 'live' },
        });
      },
      { timeout: 30_000, interval: 200 },
    );
    api.close();
  }

  it.each(VICTIMS)(
    'loses nothing that it acknowledged when %s dies under load, and goes on by itself',
    async (victim) => {
      const before = await consortium.processes();
      const load = await RegistrationLoad.start(consortium, HOSPITALS);
      await load.acknowledges(ENOUGH, HOSPITALS);
      await killed(victim);
      await load.acknowledges(ENOUGH, HOSPITALS);
      await load.stop();
      acknowledged.push(...load.acknowledged);

      expect(load.refused).toEqual([]);
      for (const { name } of consortium.topology.organisations) await ready(name);
      expect(others(await consortium.processes(), victim)).toEqual(others(before, victim));
      for (const hospital of HOSPITALS) expect(await lostAt(consortium, hospital, acknowledged)).toEqual([]);
      // What was repeated under its key was done once; what nobody waited for to the end was done once or never.
      const listed = await listedPatients(consortium, 'hospital-b');
      expect(new Set(listed).size).toBe(listed.length);
      expect(listed).toEqual(expect.arrayContaining(acknowledged.map(({ patient }) => patient)));
    },
  );

  it('tells a client who asks from the first block on of every registration, once', async () => {
    const stop = AbortSignal.timeout(30_000);
    const { api } = await consortium.member('hospital-a', 'auditor');
    const { baseUrl } = await consortium.gateway('hospital-a');
    const heard: LedgerEvent[] = [];
    const wanted = new Set(acknowledged.map(({ registration }) => registration));
    for await (const event of events(api, { baseUrl, types: ['registration'], from: 0, signal: stop })) {
      heard.push(event);
      wanted.delete(event.data.id);
      if (wanted.size === 0) break;
    }
    expect(wanted.size).toBe(0);
    expect(new Set(heard.map(({ id }) => id)).size).toBe(heard.length);
  });

  it('leaves nothing running at down, and goes on with all its data at the next up', async () => {
    const processes = processTree(await consortium.pidOf('supervisor'));
    expect(await consortium.command('down')).toMatchObject({ code: 0, stdout: 'Stopped.\n' });
    expect(processes.filter(isAlive)).toEqual([]);
    await resumed();
  });

  describe('when the supervisor itself is killed', () => {
    it('leaves no process and no port behind', async () => {
      const processes = processTree(await consortium.pidOf('supervisor'));
      expect(processes.length).toBeGreaterThan(12);
      process.kill(processes[0] ?? NaN, 'SIGKILL');
      await vi.waitFor(() => expect(processes.filter(isAlive)).toEqual([]), {
        timeout: 30_000,
        interval: 200,
      });
      const ports = listPorts(consortium.topology);
      const free = await Promise.all(ports.map(({ port }) => isFree(port)));
      expect(ports.filter((_, index) => free[index] === false)).toEqual([]);
      expect(await consortium.command('status')).toMatchObject({
        code: 3,
        stderr: expect.stringContaining('no consortium is running') as string,
      });
    });

    it('does not start over a port that somebody took, and names it', async () => {
      const { rest } = consortium.organisation('lab-a').gateway;
      const intruder = createServer().listen(rest, 'localhost');
      await once(intruder, 'listening');
      const up = await consortium.command('up', '--detach');
      intruder.close();
      expect(up.code).toBe(4);
      expect(up.stderr).toContain(
        `port ${String(rest)} (for REST gateway of lab-a) is used by another program`,
      );
    });

    it('goes on with all its data at the next up', () => resumed());

    it('says that it runs when it is started a second time', async () => {
      const supervisor = await consortium.pidOf('supervisor');
      const { code, stdout } = await consortium.command('up', '--detach', '--json');
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ alreadyRunning: true, home: consortium.home });
      expect(await consortium.pidOf('supervisor')).toBe(supervisor);
    });
  });
});
