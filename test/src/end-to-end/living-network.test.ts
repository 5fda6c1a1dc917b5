import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import {
  findOrganisation,
  loadConsortium,
  type ConsortiumOrganisation,
  type ConsortiumTopology,
} from '@medaccord/network/topology';
import {
  freePortOffset,
  logIn,
  medaccord,
  medaccordJson,
  processTree,
  wipeConsortium,
  type ProcessLine,
} from '../consortium/index.js';
import { ENGINES_HERE } from '../consortium/engines.js';
import { PractitionerLoad } from './given/practitioner-load.js';

/** Each step starts and stops several processes, and waits for all of them. */
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const FILE = 'config/topology.yaml';
const PHARMACY = 'config/examples/pharmacy-a.yaml';

interface Plan {
  readonly plan: { readonly changes: readonly string[]; readonly restarts: readonly string[] };
}
interface Listed {
  readonly chaincodes: readonly {
    readonly version: string;
    readonly sequence: number;
    readonly collections: readonly string[];
    readonly approvedBy: readonly string[];
  }[];
}

describe.each(ENGINES_HERE)('a network that lives, on the engine %s', (engine) => {
  let home: string;
  let folder: string;
  let pharmacy: ConsortiumOrganisation;
  let pharmacyFile: string;
  let load: PractitionerLoad;
  let ordererPorts: number[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'living-network-'));
    home = join(inject('consortia'), `living-${engine}`);
    const joined = parse(await readFile(PHARMACY, 'utf8')) as ConsortiumOrganisation;
    const base = loadConsortium(FILE);
    const fourth = { name: 'orderer3', port: 10050, operations: 10057, admin: 10058 };
    const offset = await freePortOffset({
      ...base,
      orderers: { ...base.orderers, nodes: [...base.orderers.nodes, fourth] },
      organisations: [...base.organisations, joined],
    });
    ordererPorts = [fourth.port, fourth.operations, fourth.admin].map((port) => port + offset);
    pharmacy = moved(joined, offset);
    pharmacyFile = join(folder, 'pharmacy-a.yaml');
    await writeFile(pharmacyFile, stringify(pharmacy));
    const ports = ['--port-offset', String(offset), '--topology', FILE];
    await medaccordJson('up', '--detach', '--engine', engine, '--home', home, ...ports);
    load = await PractitionerLoad.start(home, 'hospital-a');
  });
  afterAll(async () => {
    await wipeConsortium(home);
    await rm(folder, { recursive: true });
  });

  const run = <T>(...words: string[]): Promise<T> => medaccordJson<T>(...words, '--home', home);
  const topology = (): ConsortiumTopology => loadConsortium(join(home, 'topology.yaml'));
  const contracts = async () => (await run<Listed>('chaincode', 'list')).chaincodes[0];

  /** Names of chaincode services that run twice. */
  const leftServices = async (): Promise<string[]> => {
    const { processes } = await run<{ processes: ProcessLine[] }>('status');
    const names = processes.map(({ name }) => name);
    return names.filter((name, index) => names.indexOf(name) < index);
  };

  it('says what another organisation would take, and does nothing of it', async () => {
    const before = topology();
    const { plan } = await run<Plan>('org', 'add', pharmacyFile, '--dry-run');
    expect(plan.changes[0]).toBe('pharmacy-a is added to the configuration of care');
    expect(plan.restarts).toContain('gateway-hospital-a');
    expect(topology()).toEqual(before);
  });

  it('takes an organisation whose command was killed in the middle, when it is given again', async () => {
    await killAtFirstStep('org', 'add', pharmacyFile, '--home', home);
    await load.goesOn();
    await run('org', 'add', pharmacyFile);
    await load.goesOn();
    expect(await contracts()).toMatchObject({ sequence: 2 });
    expect((await contracts())?.approvedBy).toContain('pharmacy-a');
    expect((await contracts())?.collections).toContain('claims-pharmacy-a-insurer-a');
    const { processes } = await run<{ processes: ProcessLine[] }>('status');
    const gateway = processes.find(({ name }) => name === 'gateway-pharmacy-a');
    expect(gateway?.status).toBe('ready');
    expect((await run<Plan>('org', 'add', pharmacyFile, '--dry-run')).plan.changes).toEqual([]);
  });

  it('knows the new organisation in its contracts and lets its people work', async () => {
    const { api } = await logIn(home, pharmacy, 'pharmacist');
    const { data } = await api.GET('/v1/organisations');
    expect(data?.items.map(({ name }) => name)).toContain('pharmacy-a');
    const own = await PractitionerLoad.start(home, 'pharmacy-a');
    await own.goesOn();
    expect(await own.stop()).toEqual([]);
  });

  it('runs another version of its contracts, one service after the other, while it answers', async () => {
    const answers = load.count;
    await run('chaincode', 'upgrade', '--version', '1.1');
    expect(load.count).toBeGreaterThan(answers);
    await load.goesOn();
    expect(await contracts()).toMatchObject({ version: '1.1', sequence: 3 });
    expect(await leftServices()).toEqual([]);
    expect((await run<Plan>('chaincode', 'upgrade', '--version', '1.1', '--dry-run')).plan.changes).toEqual(
      [],
    );
  });

  it('goes back to the version before as a new sequence, and keeps every collection', async () => {
    await run('chaincode', 'upgrade', '--rollback', '2');
    await load.goesOn();
    const back = await contracts();
    expect(back).toMatchObject({ version: '1.0', sequence: 4 });
    expect(back?.collections).toContain('claims-pharmacy-a-insurer-a');
    expect(topology().chaincode).toMatchObject({ version: '1.0', sequence: 4 });
    expect((await run<Plan>('chaincode', 'upgrade', '--rollback', '2', '--dry-run')).plan.changes).toEqual(
      [],
    );
  });

  const ORDERER = () =>
    ['--port', '--operations', '--admin'].flatMap((name, at) => [name, String(ordererPorts[at])]);

  it.runIf(engine === 'embedded')('has no cluster to which an orderer could be added', async () => {
    const { stdout } = await medaccord('orderer', 'add', 'orderer3', ...ORDERER(), '--json', '--home', home);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ENGINE_CANNOT' } });
  });

  it.runIf(engine === 'fabric')('takes another orderer, and lets one of the first go', async () => {
    await killAtFirstStep('orderer', 'add', 'orderer3', ...ORDERER(), '--home', home);
    await run('orderer', 'add', 'orderer3', ...ORDERER());
    await load.goesOn();
    await run('orderer', 'remove', 'orderer0');
    await load.goesOn();
    expect(topology().orderers.nodes.map(({ name }) => name)).toEqual(['orderer1', 'orderer2', 'orderer3']);
    const { processes } = await run<{ processes: ProcessLine[] }>('status');
    const orderers = processes.filter(({ name }) => name.startsWith('orderer'));
    expect(orderers.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'orderer1 ready',
      'orderer2 ready',
      'orderer3 ready',
    ]);
  });

  it.runIf(engine === 'fabric')('keeps its orderers while one of them does not answer', async () => {
    const { processes } = await run<{ processes: ProcessLine[] }>('status');
    const pids = processTree(processes.find(({ name }) => name === 'orderer1')?.pid ?? 0);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      const { stdout } = await medaccord('orderer', 'remove', 'orderer2', '--json', '--home', home);
      expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ORDERERS_APART' } });
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
    expect(topology().orderers.nodes).toHaveLength(3);
  });

  it('lets an organisation go: its processes end, its collections stay, nobody takes its word any more', async () => {
    await killAtFirstStep('org', 'remove', 'pharmacy-a', '--home', home);
    const { done } = await run<{ done: string[] }>('org', 'remove', 'pharmacy-a');
    await load.goesOn();
    const { processes } = await run<{ processes: ProcessLine[] }>('status');
    expect(processes.filter(({ name }) => name.endsWith('pharmacy-a'))).toEqual([]);
    expect((await contracts())?.approvedBy).not.toContain('pharmacy-a');
    expect((await contracts())?.collections).toContain('claims-pharmacy-a-insurer-a');
    const doctor = await logIn(home, findOrganisation(topology(), 'hospital-a'), 'doctor');
    const { data } = await doctor.api.GET('/v1/organisations');
    expect(data?.items.map(({ name }) => name)).not.toContain('pharmacy-a');
    expect(done.at(-1)).toMatch(/^pharmacy-a is not on care any more|held values of/);
    expect((await run<Plan>('org', 'remove', 'pharmacy-a', '--dry-run')).plan.changes).toEqual([]);
  });

  it('has lost nothing that clients were told', async () => {
    await load.goesOn();
    expect(await load.stop()).toEqual([]);
    expect(load.count).toBeGreaterThan(10);
  });
});

/** Runs a command until it says that it has done something, and kills it there. */
async function killAtFirstStep(...words: string[]): Promise<void> {
  const child = spawn(process.execPath, ['network/bin/medaccord.mjs', ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (text.includes('✓')) child.kill('SIGKILL');
  });
  const [, signal] = (await ended) as [unknown, string | null];
  if (signal !== 'SIGKILL') throw new Error(`${words.join(' ')} ended before it was killed`);
}

function moved(organisation: ConsortiumOrganisation, offset: number): ConsortiumOrganisation {
  const { peers, ca, chaincode, gateway } = organisation;
  return {
    ...organisation,
    peers: peers.map(({ name, port, operations = 0 }) => ({
      name,
      port: port + offset,
      operations: operations + offset,
    })),
    ca: { port: ca.port + offset },
    chaincode: { port: chaincode.port + offset },
    gateway: { rest: gateway.rest + offset, exchange: gateway.exchange + offset },
  };
}
