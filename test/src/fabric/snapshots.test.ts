import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { Consortium, medaccordJson, NetworkUser, wipeConsortium } from '../consortium/index.js';
import { PractitionerLoad } from '../end-to-end/given/practitioner-load.js';
import { DAY, inFuture, newId } from '../features/given/ids.js';
import { registeredPatient, type Patient } from '../features/given/patient.js';
import { readRecord, storedRecord, type StoredRecord } from '../features/given/record.js';
import { commit } from '../story/api.js';
import { statusOf } from './node-status.js';

/** The one that the gateway uses. */
const JOINING = 'peer0.hospital-a';
const OTHER = 'peer1.hospital-a';
const SIGNABLE = '_snapshot_signable_metadata.json';
const SOON = { timeout: 100_000, interval: 1_000 };
const ADDITIONAL = '_snapshot_additional_metadata.json';

interface Snapshot {
  readonly peer: string;
  readonly channel: string;
  readonly lastBlock: number;
  readonly hash: string;
  readonly folder: string;
}

/** A hospital with two real peers, and an insurer: the tests build on each other. */
describe('snapshots of real peers', () => {
  let consortium: Consortium;
  let folder: string;
  let patient: Patient;
  let record: StoredRecord;
  let treatment: string;
  let snapshot: Snapshot;
  let otherPeer: NetworkUser;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'snapshots-'));
    const topology = join(folder, 'topology.yaml');
    const text = await readFile('config/examples/two-organisations.yaml', 'utf8');
    const one = '{ name: peer0, port: 7051, operations: 7056 }';
    const two = `${one}, { name: peer1, port: 7061, operations: 7066 }`;
    await writeFile(topology, text.replace(one, two));
    consortium = await Consortium.start(join(inject('consortia'), 'snapshots'), topology);
    patient = await registeredPatient(consortium, 'hospital-a', null);
    record = await storedRecord(consortium, patient);
    treatment = await startedTreatment();
    otherPeer = await NetworkUser.connect(consortium.home, 'hospital-a', 'Admin', 1);
  });
  afterAll(async () => {
    otherPeer?.close();
    await consortium.disconnect();
    await wipeConsortium(consortium.home);
    await rm(folder, { recursive: true });
  });

  const run = <T = unknown>(...words: string[]) => medaccordJson<T>(...words, '--home', consortium.home);
  const take = (peer: string) => run<Snapshot>('snapshot', 'take', peer);
  const refusal = async (...words: string[]): Promise<unknown> => {
    const { stdout } = await consortium.command('snapshot', ...words, '--json');
    return (JSON.parse(stdout) as { error?: { code: string; message: string } }).error;
  };
  const dataOf = (peer: string) => join(consortium.home, 'fabric/peers', `${peer}.example`, 'data');
  const runs = async (peer: string): Promise<boolean | undefined> => {
    const { peers } = await run<{ peers: { name: string; running: boolean }[] }>('peer', 'list');
    return peers.find(({ name }) => name === peer)?.running;
  };
  const reading = async (): Promise<string> =>
    readRecord(await consortium.member('hospital-a', 'doctor'), record, { kind: 'treatment', treatment });

  async function startedTreatment(): Promise<string> {
    const doctor = await consortium.member('hospital-a', 'doctor');
    const body = {
      patient: patient.id,
      practitioner: doctor.subject,
      from: inFuture(-DAY),
      until: inFuture(DAY),
    };
    const { id } = await commit((header) => doctor.api.POST('/v1/treatments', { params: { header }, body }));
    return id;
  }

  /** A copy of the snapshot, of which one file is changed. */
  async function copyWith(name: string, change: (text: string) => string): Promise<string> {
    const copy = await mkdtemp(join(folder, 'copy-'));
    await cp(snapshot.folder, copy, { recursive: true });
    await rm(join(copy, name), { force: true });
    await writeFile(join(copy, name), change(await readFile(join(snapshot.folder, name), 'utf8')));
    return copy;
  }

  it('are taken of the last block, once, and are the same whoever takes them', async () => {
    snapshot = await take(OTHER);
    const { ledgerHeight = 0 } = await statusOf(consortium.home);
    expect(snapshot).toMatchObject({ peer: OTHER, channel: 'care', lastBlock: ledgerHeight - 1 });
    expect(await take(OTHER)).toEqual(snapshot);
    await vi.waitFor(
      async () => expect(await take('peer0.insurer-a')).toMatchObject({ hash: snapshot.hash }),
      { timeout: 30_000, interval: 500 },
    );
  });

  it('are listed', async () => {
    const { snapshots } = await run<{ snapshots: Snapshot[] }>('snapshot', 'list');
    expect(snapshots).toContainEqual(snapshot);
    expect(new Set(snapshots.map(({ peer }) => peer))).toEqual(new Set([OTHER, 'peer0.insurer-a']));
  });

  it('are not joined by a peer that has its blocks, nor by the only one of an organisation', async () => {
    expect(await refusal('join', JOINING)).toMatchObject({ code: 'PEER_HAS_LEDGER' });
    expect(await refusal('join', 'peer0.insurer-a')).toMatchObject({ code: 'ONLY_PEER' });
    expect(await refusal('join', 'peer7.hospital-a')).toMatchObject({ code: 'PEER_UNKNOWN' });
    expect(await refusal('join', JOINING, '--channel', 'trial')).toMatchObject({ code: 'CHANNEL_UNKNOWN' });
    expect(await refusal('take', OTHER, '--channel', 'trial')).toMatchObject({ code: 'CHANNEL_UNKNOWN' });
  });

  it('are refused where they are damaged or of another network, and the peer is left as it was', async () => {
    await run('peer', 'stop', JOINING);
    await rm(dataOf(JOINING), { recursive: true });
    const damaged = await copyWith('public_state.data', (text) => `${text.slice(0, -1)}x`);
    expect(await refusal('join', JOINING, '--from', damaged)).toMatchObject({
      code: 'SNAPSHOT_INVALID',
      message: expect.stringContaining('public_state.data') as string,
    });
    const foreign = await copyWith(SIGNABLE, (text) =>
      text.replace(/(?<="last_block_hash": ")[0-9a-f]{64}/, 'a'.repeat(64)),
    );
    const hash = createHash('sha256')
      .update(await readFile(join(foreign, SIGNABLE)))
      .digest('hex');
    await rm(join(foreign, ADDITIONAL));
    await writeFile(join(foreign, ADDITIONAL), JSON.stringify({ snapshot_hash: hash }));
    expect(await refusal('join', JOINING, '--from', foreign)).toMatchObject({
      code: 'SNAPSHOT_INVALID',
      message: expect.stringContaining('is another one') as string,
    });
    expect(await refusal('join', JOINING, '--from', folder)).toMatchObject({ code: 'SNAPSHOT_INVALID' });
    expect(await runs(JOINING)).toBe(false);
  });

  it('say what a join would do, and do nothing of it', async () => {
    const { plan } = await run<{ plan: { changes: string[] } }>('snapshot', 'join', JOINING, '--dry-run');
    expect(plan.changes).toEqual([
      `starts ${JOINING}`,
      expect.stringContaining(`begins care after block ${String(snapshot.lastBlock)}`),
      expect.stringContaining('package installed'),
    ]);
    expect(await runs(JOINING)).toBe(false);
  });

  it('let a peer that lost all begin again, with what came since, in the same state', async () => {
    // Blocks that the snapshot does not have.
    await otherPeer.gateway
      .getNetwork('care')
      .getContract('medaccord')
      .submit('directory:requestPractitioner', {
        arguments: [JSON.stringify({ evidenceHash: newId() + newId(), id: newId(), role: 'nurse' })],
      });
    const { done } = await run<{ done: string[] }>('snapshot', 'join', JOINING);
    expect(done).toHaveLength(4);
    const { nodes, ledgerHeight = 0 } = await statusOf(consortium.home);
    expect(ledgerHeight).toBeGreaterThan(snapshot.lastBlock + 1);
    expect(nodes.find(({ name }) => name === JOINING)?.heights).toEqual({ care: ledgerHeight });
    const [own, other] = [await take(JOINING), await take(OTHER)];
    expect(own).toMatchObject({ lastBlock: ledgerHeight - 1, hash: other.hash });
  });

  it('are joined once', async () => {
    expect(await run('snapshot', 'join', JOINING)).toEqual({ done: [] });
  });

  it('make a peer that serves its organisation alone: reads, private values and new blocks', async () => {
    const { api } = await consortium.member('hospital-a', 'clerk');
    const found = async () => {
      const path = { id: patient.id };
      return (await api.GET('/v1/patients/{id}', { params: { path } })).response.status;
    };
    // The private values come with the peer's next reconciliation, which is once a minute.
    await vi.waitFor(async () => expect(await found()).toBe(200), SOON);
    await run('peer', 'stop', OTHER);
    expect(await found()).toBe(200);
    expect(await reading()).toBe(record.text);
    await registeredPatient(consortium, 'hospital-a', null);
  });

  it('are not taken by a peer that is stopped', async () => {
    expect(await refusal('take', OTHER)).toMatchObject({ code: 'PEER_NOT_RUNNING' });
  });

  it('leave a peer without the blocks from before', async () => {
    const user = await NetworkUser.connect(consortium.home, 'hospital-a', 'Admin');
    try {
      const qscc = user.gateway.getNetwork('care').getContract('qscc');
      const block = (number: number) =>
        qscc.evaluate('GetBlockByNumber', {
          arguments: ['care', String(number)],
          endorsingOrganizations: ['HospitalAMSP'],
        });
      expect(await block(snapshot.lastBlock + 1)).not.toHaveLength(0);
      await expect(block(0)).rejects.toThrow();
    } finally {
      user.close();
    }
  });

  it('are taken and joined while transactions flow, of which none is lost', async () => {
    await run('peer', 'start', OTHER);
    const load = await PractitionerLoad.start(consortium.home, 'insurer-a');
    await load.goesOn();
    const { lastBlock } = await take(OTHER);
    await run('peer', 'stop', JOINING);
    await rm(dataOf(JOINING), { recursive: true });
    await load.goesOn();
    const { done } = await run<{ done: string[] }>('snapshot', 'join', JOINING);
    expect(done).toContainEqual(expect.stringContaining(`up to block ${String(lastBlock)} by the snapshot`));
    await load.goesOn();
    expect(await load.stop()).toEqual([]);
    const status = await statusOf(consortium.home);
    await vi.waitFor(async () => {
      const { nodes } = await statusOf(consortium.home);
      expect(nodes.find(({ name }) => name === JOINING)?.heights?.['care']).toBeGreaterThanOrEqual(
        status.ledgerHeight ?? NaN,
      );
    }, SOON);
  });
});
