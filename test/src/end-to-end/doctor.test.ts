import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { Consortium, processTree, wipeConsortium } from '../consortium/index.js';
import { ENGINES_HERE } from '../consortium/engines.js';

interface Finding {
  readonly check: string;
  readonly severity: string;
  readonly where: string;
  readonly what: string;
}

const RECOVERED_MS = 60_000;

/** Each fault is made by hand in a consortium that runs, found, undone, and no longer found. */
describe.each(ENGINES_HERE)('the doctor (%s)', (engine) => {
  let consortium: Consortium;
  beforeAll(async () => {
    const home = join(inject('consortia'), `doctor-${engine}`);
    consortium = await Consortium.start(home, 'config/topology.yaml', '--engine', engine);
  });
  afterAll(async () => {
    await consortium.disconnect();
    await wipeConsortium(consortium.home);
  });

  async function findings(): Promise<{ code: number | null; found: Finding[] }> {
    const { code, stdout } = await consortium.command('doctor', '--json', '--least-free', '1');
    return { code, found: (JSON.parse(stdout) as { findings: Finding[] }).findings };
  }
  const well = () =>
    vi.waitFor(async () => expect(await findings()).toEqual({ code: 0, found: [] }), {
      timeout: RECOVERED_MS,
      interval: 500,
    });
  /** All of a process: what a guard runs, too. */
  async function paused(name: string, work: () => Promise<void>): Promise<void> {
    const all = processTree(await consortium.pidOf(name));
    for (const pid of all) process.kill(pid, 'SIGSTOP');
    try {
      await work();
    } finally {
      for (const pid of all) process.kill(pid, 'SIGCONT');
    }
  }
  const fault = (check: string, where: string, what: RegExp = /./) =>
    expect.objectContaining({
      check,
      severity: 'fault',
      where,
      what: expect.stringMatching(what) as string,
    }) as unknown;

  it('finds nothing where all is well, and ends with 0', well);

  it('finds a gateway that does not answer', async () => {
    await paused('gateway-lab-a', async () => {
      const { code, found } = await findings();
      expect(code).toBe(8);
      expect(found).toEqual([fault('gateways', 'gateway-lab-a', /does not answer/)]);
    });
    await well();
  });

  it('finds a chaincode service that does not answer', async () => {
    const name = engine === 'fabric' ? 'chaincode-lab-a' : 'chaincode';
    await paused(name, async () => {
      const { found } = await findings();
      expect(found).toContainEqual(fault('chaincode', 'peer0.lab-a', /does not answer/));
      if (engine === 'fabric') expect(found.filter(({ check }) => check === 'chaincode')).toHaveLength(1);
    });
    await well();
  });

  it('finds an authority that does not answer', async () => {
    await paused('ca-insurer-a', async () => {
      const { port } = consortium.organisation('insurer-a').ca;
      expect((await findings()).found).toContainEqual(fault('authorities', `localhost:${String(port)}`));
    });
    await well();
  });

  it('finds a peer that is stopped', async () => {
    await consortium.command('peer', 'stop', 'peer0.lab-a');
    const { found } = await findings();
    expect(found).toContainEqual(fault('peers', 'peer0.lab-a', /does not answer/));
    expect(found).toContainEqual(fault('gateways', 'gateway-lab-a', /not ready/));
    await consortium.command('peer', 'start', 'peer0.lab-a');
    await well();
  });

  it('finds a database that its gateway cannot reach', async () => {
    const file = join(consortium.home, 'gateways', 'hospital-b', 'secrets.json');
    const kept = readFileSync(file, 'utf8');
    const secrets = JSON.parse(kept) as { databaseUrl: string };
    const url = new URL(secrets.databaseUrl);
    url.pathname = '/nothing';
    writeFileSync(file, JSON.stringify({ ...secrets, databaseUrl: url.href }));
    const { found } = await findings();
    writeFileSync(file, kept);
    expect(found).toEqual([fault('databases', 'the database of hospital-b', /nothing/)]);
  });

  it.runIf(engine === 'fabric')('finds orderers that are away, and the quorum that is lost', async () => {
    await paused('orderer0', async () => {
      expect((await findings()).found).toContainEqual(fault('orderers', 'orderer0'));
      await paused('orderer1', async () => {
        expect((await findings()).found).toContainEqual(fault('orderers', 'care', /no quorum: 1 of 3/));
      });
    });
    await well();
  });
});
