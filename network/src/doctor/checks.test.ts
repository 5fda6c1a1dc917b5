import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureCryptoMaterial } from '../crypto-material/index.js';
import { organisationPaths, topologyFile } from '../home/index.js';
import { findOrganisation, formatTopology, loadTopology } from '../topology/index.js';
import { freePorts } from '../testing/free-ports.js';
import { examine } from './doctor.js';
import { checkCertificates, checkDisk } from './machine.js';
import { checkOrderers, checkPeers, quorumOf } from './nodes.js';
import { checkProcesses } from './services.js';

const DAY = 86_400_000;
const file = fileURLToPath(new URL('../../../config/examples/two-organisations.yaml', import.meta.url));

describe('a home that does not run', () => {
  let home: string;
  let topology: ReturnType<typeof loadTopology>;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'medaccord-doctor-'));
    const [first = 0] = await freePorts(1);
    topology = loadTopology(file, { portOffset: first - 7050 });
    await ensureCryptoMaterial(topology, home);
    writeFileSync(topologyFile(home), formatTopology(topology));
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  const checks = async () =>
    (await examine(home)).findings.map(({ check, severity }) => `${check} ${severity}`);

  it('that is well has nothing found, and one without a consortium is refused', async () => {
    expect(await examine(home, { leastFree: 1 })).toEqual({ running: false, findings: [] });
    await expect(examine(join(home, 'nothing'))).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  });

  it('has a port that another program took', async () => {
    const { port } = findOrganisation(topology, 'hospital-a').ca;
    const intruder = createServer().listen(port, 'localhost');
    await once(intruder, 'listening');
    const { findings } = await examine(home, { leastFree: 1 });
    intruder.close();
    expect(findings).toEqual([
      expect.objectContaining({ check: 'ports', where: `localhost:${port}`, severity: 'fault' }),
    ]);
  });

  it('has too little room on its disk', async () => {
    expect(await checkDisk(home, 1)).toEqual([]);
    const [finding] = await checkDisk(home, Number.MAX_SAFE_INTEGER);
    expect(finding).toMatchObject({
      check: 'disk',
      where: home,
      what: expect.stringMatching(/^\d+ MB are left$/),
    });
  });

  it('has certificates that expire soon, have expired, or cannot be read', async () => {
    const at = async (days: number) => checkCertificates(home, topology, new Date(Date.now() + days * DAY));
    expect(await at(0)).toEqual([]);
    const doctor = (finding: { where: string }) => finding.where === 'doctor of hospital-a (signing)';
    expect((await at(350)).find(doctor)).toMatchObject({
      severity: 'warning',
      what: expect.stringContaining('expires in 14 days') as string,
      hint: 'medaccord identity renew --org hospital-a --name doctor',
    });
    expect((await at(370)).find(doctor)).toMatchObject({ severity: 'fault' });
    const { tls } = organisationPaths(home, findOrganisation(topology, 'insurer-a')).gateway;
    rmSync(join(tls, 'server.crt'));
    expect(existsSync(join(tls, 'server.key'))).toBe(true);
    expect(await checks()).toContain('certificates fault');
  });

  it('has a clock that stands before its certificates were made', async () => {
    const early = await checkCertificates(home, topology, new Date(Date.now() - 3 * DAY));
    expect(early[0]).toMatchObject({ check: 'clock', severity: 'fault', where: 'this machine' });
    expect(early.filter(({ check }) => check === 'clock')).toHaveLength(1);
  });
});

describe('peers', () => {
  it('that do not answer, or are blocks behind, are named; one block is nothing', () => {
    const heights = [
      { peer: 'peer0.a', channel: 'care', height: 100 },
      { peer: 'peer0.b', channel: 'care', height: 99 },
      { peer: 'peer0.c', channel: 'care', height: 60 },
      { peer: 'peer0.d', channel: 'care', problem: 'ECONNREFUSED' },
      { peer: 'peer0.d', channel: 'two', problem: 'ECONNREFUSED' },
    ];
    expect(checkPeers(heights).map(({ where, what, severity }) => [where, severity, what])).toEqual([
      ['peer0.d', 'fault', 'it does not answer: ECONNREFUSED'],
      ['peer0.c', 'warning', 'it is 40 blocks of care behind'],
    ]);
    expect(checkPeers(heights.slice(0, 2))).toEqual([]);
  });
});

describe('orderers', () => {
  const view = (isLeader: boolean) => new Map([['care', { isLeader, activeNodes: 3, size: 3 }]]);
  const found = (...views: (ReturnType<typeof view> | undefined)[]) =>
    checkOrderers(new Map(views.map((one, index) => [`orderer${index}`, one])), ['care'], 'raft').map(
      ({ where, what }) => `${where}: ${what}`,
    );

  it('are well with a leader, and one may be away', () => {
    expect(found(view(true), view(false), view(false))).toEqual([]);
    expect(found(view(true), view(false), undefined)).toEqual(['orderer2: it does not answer']);
  });

  it('have lost their quorum where most are away, and order nothing without a leader', () => {
    expect(found(view(false), undefined, undefined)).toContain(
      'care: no quorum: 1 of 3 orderers answer, 2 have to; nothing is committed',
    );
    expect([3, 5].map((nodes) => quorumOf(nodes, 'raft'))).toEqual([2, 3]);
    expect([4, 7].map((nodes) => quorumOf(nodes, 'bft'))).toEqual([3, 5]);
    expect(found(view(false), view(false), view(false))).toEqual([
      'care: its orderers have no leader; nothing is committed',
    ]);
  });
});

describe('processes', () => {
  it('that are stopped, wait to be started again, or died often are named', () => {
    const lines = [
      { name: 'supervisor', status: 'running', restarts: 0 },
      { name: 'ledger', status: 'ready', restarts: 0 },
      { name: 'postgres', status: 'ready', restarts: 4 },
      { name: 'chaincode', status: 'waiting', restarts: 1 },
      { name: 'peer0.a', status: 'stopped', restarts: 0 },
    ];
    expect(checkProcesses(lines).map(({ where, severity }) => `${where} ${severity}`)).toEqual([
      'postgres warning',
      'chaincode fault',
      'peer0.a fault',
    ]);
  });
});
