import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTopology } from '@medaccord/network/topology';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { ChaincodeProcess } from '../conformance/harness/chaincode-process.js';
import { freeAddress } from '../conformance/harness/free-ports.js';
import {
  freePortOffset,
  medaccordJson,
  NetworkUser,
  processTree,
  wipeConsortium,
} from '../consortium/index.js';
import { healthOf, statusOf } from './node-status.js';

const CHANNEL = 'byzantine';
const CHAINCODE = 'assets';

/** Two organisations of a peer each, and four orderers by SmartBFT: one of these may do as it likes. */
const TOPOLOGY = {
  name: 'bft',
  environment: 'development',
  channel: CHANNEL,
  batch: { maxMessages: 50, maxBytes: 2_097_152, timeoutMs: 100 },
  orderers: {
    mspId: 'OrdererMSP',
    domain: 'orderer.example',
    consensus: 'bft',
    nodes: [0, 1, 2, 3].map((index) => ({
      name: `orderer${String(index)}`,
      port: 7050 + 10 * index,
      operations: 7052 + 10 * index,
      admin: 7053 + 10 * index,
    })),
  },
  organisations: [1, 2].map((index) => ({
    name: `org${String(index)}`,
    mspId: `Org${String(index)}MSP`,
    domain: `org${String(index)}.example`,
    peers: [{ name: 'peer0', port: 7100 + 10 * index, operations: 7101 + 10 * index }],
    ca: { port: 7102 + 10 * index },
  })),
};

describe('four real orderers by SmartBFT', () => {
  const home = join(inject('consortia'), 'bft');
  const chaincode = new ChaincodeProcess();
  let folder: string;
  let user: NetworkUser;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bft-'));
    const file = join(folder, 'topology.yaml');
    await writeFile(file, JSON.stringify(TOPOLOGY));
    const offset = await freePortOffset(loadTopology(file));
    await medaccordJson(
      ...['up', '--engine', 'fabric', '--detach', '--home', home],
      ...['--topology', file, '--port-offset', String(offset)],
    );
    const address = await freeAddress();
    const what = ['--label', `${CHAINCODE}_1.0`, '--address', address];
    const { packageId } = await medaccordJson<{ packageId: string }>(
      ...['chaincode', 'package', join(folder, 'assets.tgz'), ...what],
    );
    await chaincode.serve(packageId, address);
    await medaccordJson('chaincode', 'deploy', '--name', CHAINCODE, ...what, '--home', home);
    user = await NetworkUser.connect(home, 'org1');
  });
  afterAll(async () => {
    user?.close();
    await chaincode.kill();
    await wipeConsortium(home);
    await rm(folder, { recursive: true, force: true });
  });

  async function commits(key: string): Promise<void> {
    const contract = user.gateway.getNetwork(CHANNEL).getContract(CHAINCODE);
    await contract.submitTransaction('put', key, `value of ${key}`);
    expect(Buffer.from(await contract.evaluateTransaction('get', key)).toString()).toBe(`value of ${key}`);
  }

  async function leader(): Promise<string> {
    const { nodes } = await statusOf(home);
    const [name, ...more] = nodes.filter(({ leads }) => leads?.includes(CHANNEL)).map((node) => node.name);
    expect(more).toEqual([]);
    return name ?? 'nobody';
  }

  async function programOf(name: string): Promise<number> {
    const guard = (await statusOf(home)).processes.find((process) => process.name === name)?.pid;
    const [, program] = processTree(guard ?? NaN);
    if (program === undefined) throw new Error(`${name} does not run`);
    return program;
  }

  /** While it is stopped it says nothing, and nothing starts it anew. */
  async function withoutNode(name: string, work: () => Promise<void>): Promise<void> {
    const pid = await programOf(name);
    process.kill(pid, 'SIGSTOP');
    try {
      await work();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  }

  it('are all well, and one of them leads', async () => {
    expect(new Set(Object.values(await healthOf(home)))).toEqual(new Set(['OK']));
    expect(await leader()).toMatch(/^orderer[0-3]$/);
    await commits('a');
  });

  it('go on without one that does not lead', async () => {
    const leads = await leader();
    const other = leads === 'orderer3' ? 'orderer2' : 'orderer3';
    await withoutNode(other, () => commits('b'));
  });

  it('go on when one of them is killed, which comes back', async () => {
    const leads = await leader();
    const other = leads === 'orderer1' ? 'orderer2' : 'orderer1';
    process.kill(await programOf(other), 'SIGKILL');
    await commits('c');
    await vi.waitFor(
      async () => {
        const { nodes, processes } = await statusOf(home);
        expect(processes.find(({ name }) => name === other)).toMatchObject({ status: 'ready', restarts: 1 });
        expect(nodes.find(({ name }) => name === other)).toMatchObject({ health: 'OK' });
      },
      { timeout: 60_000, interval: 500 },
    );
    // It asks for the blocks that it lacks when it hears of one that is not its next.
    await commits('d');
    const { ledgerHeight } = await statusOf(home);
    await vi.waitFor(
      async () => {
        const { nodes } = await statusOf(home);
        expect(nodes.find(({ name }) => name === other)?.heights).toEqual({ [CHANNEL]: ledgerHeight });
      },
      { timeout: 60_000, interval: 500 },
    );
  });

  it('choose another leader when theirs is silent', async () => {
    const leads = await leader();
    await withoutNode(leads, async () => {
      await commits('e');
      expect(await leader()).not.toBe(leads);
    });
  });
});
