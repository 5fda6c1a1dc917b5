import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { loadTopology } from '@medaccord/network/topology';
import { medaccord, medaccordJson, wipeConsortium } from '../consortium/index.js';
import { freePortOffset } from '../consortium/free-ports.js';

const FILE = 'config/examples/network-only.yaml';

interface Summary {
  readonly use: string;
  readonly channels: readonly string[];
  readonly organisations: readonly {
    readonly name: string;
    readonly peers: readonly string[];
    readonly connectionProfile: string;
    readonly identities: readonly string[];
  }[];
}
interface Peer {
  readonly name: string;
  readonly endpoint: string;
  readonly running: boolean;
  readonly channels: readonly string[];
}
interface Status {
  readonly ledgerHeight?: number;
  readonly processes: readonly { readonly name: string; readonly pid?: number }[];
  readonly nodes: readonly {
    readonly name: string;
    readonly health?: string;
    readonly heights?: Readonly<Record<string, number>>;
    readonly certificateDays?: number;
  }[];
}

let home: string;
let summary: Summary;
beforeAll(async () => {
  home = join(inject('consortia'), 'alone');
  const offset = await freePortOffset(loadTopology(FILE));
  const options = ['--home', home, '--topology', FILE, '--port-offset', String(offset)];
  summary = await medaccordJson<Summary>('up', '--detach', ...options);
});
afterAll(() => wipeConsortium(home));

const peers = async () => (await medaccordJson<{ peers: Peer[] }>('peer', 'list', '--home', home)).peers;

describe('a network alone', () => {
  it('has authorities, a ledger and two channels, and nothing of ours', async () => {
    expect(summary).toMatchObject({ use: 'network', channels: ['mychannel', 'between-two'] });
    expect(summary.organisations.map(({ name, peers: own }) => [name, own.length])).toEqual([
      ['org1', 2],
      ['org2', 1],
      ['org3', 1],
    ]);
    expect(summary.organisations[0]?.identities).toEqual(['Admin', 'User1']);
    const { processes, ledgerHeight } = await medaccordJson<Status>('status', '--home', home);
    expect(processes.map(({ name }) => name)).toEqual([
      'supervisor',
      'ca-org1',
      'ca-org2',
      'ca-org3',
      'ledger',
    ]);
    expect(ledgerHeight).toBe(1);
    const profile = JSON.parse(
      readFileSync(summary.organisations[0]?.connectionProfile ?? '', 'utf8'),
    ) as object;
    expect(profile).toHaveProperty(
      ['organizations', 'org1', 'peers'],
      ['peer0.org1.example.com', 'peer1.org1.example.com'],
    );
  });

  it('says in its log that it is one trust domain', async () => {
    const { stdout } = await medaccord('logs', 'ledger', '--home', home);
    expect(stdout).toContain('It is one trust domain');
  });

  it('has peers that are stopped and started one by one, while the ledger goes on', async () => {
    expect((await peers()).map(({ name, running, channels }) => [name, running, channels.length])).toEqual([
      ['peer0.org1', true, 2],
      ['peer1.org1', true, 2],
      ['peer0.org2', true, 2],
      ['peer0.org3', true, 1],
    ]);
    const stopped = await medaccord('peer', 'stop', 'peer0.org1', '--home', home);
    expect(stopped).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^peer0\.org1 \(localhost:\d+\) is stopped\.\n$/),
    });
    expect((await peers()).filter(({ running }) => !running).map(({ name }) => name)).toEqual(['peer0.org1']);
    const { ledgerHeight, nodes } = await medaccordJson<Status>('status', '--home', home);
    expect(ledgerHeight).toBe(1);
    expect(nodes.map(({ name, health, heights }) => [name, health, heights])).toEqual([
      ['orderer0', undefined, undefined],
      ['peer0.org1', 'not reachable', undefined],
      ['peer1.org1', 'OK', { mychannel: 1, 'between-two': 1 }],
      ['peer0.org2', 'OK', { mychannel: 1, 'between-two': 1 }],
      ['peer0.org3', 'OK', { mychannel: 1 }],
    ]);
    for (const { certificateDays } of nodes) expect(certificateDays).toBeGreaterThan(300);
    expect(await medaccordJson('peer', 'start', 'peer0.org1', '--home', home)).toMatchObject({
      changed: true,
      peer: { running: true },
    });
    expect(await medaccord('peer', 'stop', 'peer0.org9', '--home', home)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There are: peer0.org1, peer1.org1, peer0.org2, peer0.org3'),
    });
  });

  it('is told of where its ledger hangs: nobody waits for it', async () => {
    const { processes } = await medaccordJson<Status>('status', '--home', home);
    const pid = processes.find(({ name }) => name === 'ledger')?.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    try {
      const begun = Date.now();
      const { nodes } = await medaccordJson<Status>('status', '--home', home);
      expect(Date.now() - begun).toBeLessThan(15_000);
      const told = nodes.filter(({ name }) => name.startsWith('peer')).map(({ health }) => health);
      expect(new Set(told)).toEqual(new Set(['no answer within 2 s']));
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  it('tells the variables of Fabric’s own peer command', async () => {
    const variables = await medaccordJson<Record<string, string>>(
      'peer',
      'env',
      'peer0.org2',
      '--home',
      home,
    );
    const [peer] = summary.organisations[1]?.peers ?? [];
    expect(variables).toMatchObject({ CORE_PEER_LOCALMSPID: 'Org2MSP', CORE_PEER_ADDRESS: peer });
    expect(variables['CORE_PEER_MSPCONFIGPATH']).toMatch(/Admin@org2\.example\.com\/msp$/);
    const { stdout } = await medaccord('peer', 'env', 'peer0.org2', '--as', 'User1', '--home', home);
    expect(stdout).toMatch(/^export CORE_PEER_MSPCONFIGPATH='.*User1@org2\.example\.com\/msp'$/m);
    expect(await medaccord('peer', 'env', 'peer0.org2', '--as', 'nobody', '--home', home)).toMatchObject({
      code: 2,
    });
  });
});
