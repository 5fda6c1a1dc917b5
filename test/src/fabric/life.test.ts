import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { networkInterfaces } from 'node:os';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { Consortium, isAlive, processTree, wipeConsortium } from '../consortium/index.js';
import { registeredPatient } from '../features/given/patient.js';
import { healthOf, statusOf } from './node-status.js';

/** What the issue promises on two cores; other work on the machine makes it longer. */
const READY_SECONDS = 60;
const NODES = 7;

/** The default topology on real orderers and peers: the tests build on each other. */
describe('a consortium on real Fabric', () => {
  let consortium: Consortium;
  let readySeconds: number;
  beforeAll(async () => {
    const begun = Date.now();
    consortium = await Consortium.start(join(inject('consortia'), 'life'));
    readySeconds = (Date.now() - begun) / 1000;
    process.stdout.write(`Real Fabric, up from nothing: ready in ${readySeconds.toFixed(1)} s\n`);
  });
  afterAll(async () => {
    await consortium.disconnect();
    await wipeConsortium(consortium.home);
  });

  const allHealthy = () =>
    vi.waitFor(
      async () => {
        const health = await healthOf(consortium.home);
        expect(Object.values(health)).toEqual(Array.from({ length: NODES }, () => 'OK'));
      },
      { timeout: 60_000, interval: 500 },
    );

  /** Of the program itself, below its guard. */
  async function programOf(name: string): Promise<number> {
    const [, program] = processTree(await consortium.pidOf(name));
    if (program === undefined) throw new Error(`${name} has no program`);
    return program;
  }

  it('is ready within a minute', () => {
    expect(readySeconds).toBeLessThan(READY_SECONDS);
  });

  it('tells of each node its health, height, leader, certificates, chaincode and disk', async () => {
    await allHealthy();
    const { nodes, ledgerHeight } = await statusOf(consortium.home);
    expect(nodes.filter(({ leads }) => leads?.includes('care'))).toHaveLength(1);
    const real = nodes.filter(({ kind }) => kind !== 'gateway');
    expect(real.map(({ heights }) => heights?.['care'])).toEqual(real.map(() => ledgerHeight));
    for (const node of real) {
      expect(node.certificateDays).toBeGreaterThan(300);
      expect(node.diskBytes).toBeGreaterThan(0);
    }
    const peers = nodes.filter(({ kind }) => kind === 'peer');
    expect(peers.map(({ chaincodes }) => chaincodes?.['care']?.map(({ name }) => name))).toEqual(
      peers.map(() => ['medaccord']),
    );
  });

  it('opens operations to this machine alone, and its administration only to a certificate', async () => {
    const [orderer] = consortium.topology.orderers.nodes;
    const foreign = Object.values(networkInterfaces())
      .flat()
      .find((address) => address?.family === 'IPv4' && !address.internal);
    if (foreign !== undefined) {
      expect(await connects(foreign.address, orderer?.operations ?? 0)).toBe(false);
    }
    expect(await connects('localhost', orderer?.operations ?? 0)).toBe(true);
    const roots = readFileSync(
      join(
        consortium.home,
        'organizations/ordererOrganizations/orderer.medaccord.example/tlsca',
        'tlsca.orderer.medaccord.example-cert.pem',
      ),
    );
    const admin = join(
      consortium.home,
      'organizations/ordererOrganizations/orderer.medaccord.example/users/Admin@orderer.medaccord.example/tls',
    );
    const port = orderer?.admin ?? 0;
    await expect(participation(port, { ca: roots })).rejects.toThrow(/certificate|alert|EPROTO|ECONNRESET/i);
    expect(
      await participation(port, {
        ca: roots,
        cert: readFileSync(join(admin, 'client.crt')),
        key: readFileSync(join(admin, 'client.key')),
      }),
    ).toMatchObject({ channels: [{ name: 'care' }] });
  });

  it.each(['orderer0', 'peer0.hospital-b'])('mends %s when it is killed', async (name) => {
    const { ledgerHeight = 0 } = await statusOf(consortium.home);
    process.kill(await programOf(name), 'SIGKILL');
    await vi.waitFor(
      async () => {
        const line = (await consortium.processes()).find((process) => process.name === name);
        expect(line).toMatchObject({ status: 'ready', restarts: 1 });
      },
      { timeout: 60_000, interval: 200 },
    );
    await allHealthy();
    const { nodes } = await statusOf(consortium.home);
    expect(nodes.find((node) => node.name === name)?.heights?.['care']).toBeGreaterThanOrEqual(ledgerHeight);
  });

  it('keeps everything at a second up, and over down and up', async () => {
    const patient = await registeredPatient(consortium, 'hospital-a', null);
    const supervisor = await consortium.pidOf('supervisor');
    const again = await consortium.command('up', '--detach', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ alreadyRunning: true });
    expect(await consortium.pidOf('supervisor')).toBe(supervisor);
    const { ledgerHeight = 0 } = await statusOf(consortium.home);

    const processes = processTree(supervisor);
    expect(processes.length).toBeGreaterThan(30);
    expect(await consortium.command('down')).toMatchObject({ code: 0, stdout: 'Stopped.\n' });
    expect(processes.filter(isAlive)).toEqual([]);

    const blockZero = join(consortium.home, 'fabric/channels/care.block');
    const written = statSync(blockZero).mtimeMs;
    await consortium.disconnect();
    expect(await consortium.command('up', '--detach', '--json')).toMatchObject({ code: 0 });
    await allHealthy();
    expect(statSync(blockZero).mtimeMs).toBe(written);
    expect((await statusOf(consortium.home)).ledgerHeight).toBeGreaterThanOrEqual(ledgerHeight);
    const { api } = await consortium.member('hospital-a', 'clerk');
    const kept = await api.GET('/v1/patients/{id}', { params: { path: { id: patient.id } } });
    expect(kept.response.status).toBe(200);
  });

  it('goes on as the same engine, and is refused to the other', async () => {
    expect(await consortium.command('up', '--detach', '--engine', 'embedded')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('holds a ledger of the fabric engine') as string,
    });
  });

  it('leaves no program of Fabric behind when the supervisor is killed', async () => {
    const processes = processTree(await consortium.pidOf('supervisor'));
    process.kill(processes[0] ?? NaN, 'SIGKILL');
    await vi.waitFor(() => expect(processes.filter(isAlive)).toEqual([]), {
      timeout: 60_000,
      interval: 200,
    });
    const left = execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' });
    expect(left).not.toContain(consortium.home);
  });
});

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.on('connect', () => end(true));
    socket.on('timeout', () => end(false));
    socket.on('error', () => end(false));
  });
}

/** The channels of an orderer, as its administration tells them. */
function participation(port: number, tls: { ca: Buffer; cert?: Buffer; key?: Buffer }): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const url = `https://localhost:${String(port)}/participation/v1/channels`;
    const call = request(url, { ...tls, agent: false, timeout: 5000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve(JSON.parse(body)));
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end();
  });
}
