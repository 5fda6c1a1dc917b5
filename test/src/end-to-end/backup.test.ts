import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { signStatement } from '@medaccord/gateway/client';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { Consortium, medaccord, medaccordJson, wipeConsortium } from '../consortium/index.js';
import { ENGINES_HERE } from '../consortium/engines.js';
import { lostAt } from '../features/given/kept.js';
import { RegistrationLoad } from '../features/given/load.js';
import { type Patient, patientWithLogin } from '../features/given/patient.js';
import { type StoredRecord, preparedReading, readSigned, storedRecord } from '../features/given/record.js';

const HOSPITALS = ['hospital-a', 'hospital-b'];

interface Archive {
  readonly engine: string;
  readonly organisations: readonly string[];
  readonly files: number;
}

describe.each(ENGINES_HERE)('a backup (%s)', (engine) => {
  let consortium: Consortium;
  let folder: string;
  let key: string;
  let patient: Patient;
  let user: string;
  let record: StoredRecord;
  let load: RegistrationLoad;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'medaccord-backup-'));
    key = join(folder, 'key');
    writeFileSync(key, randomBytes(32).toString('hex'));
    const home = join(inject('consortia'), `backup-${engine}`);
    consortium = await Consortium.start(home, undefined, '--engine', engine);
    const known = await patientWithLogin(consortium);
    ({ patient } = known);
    user = known.self.name;
    record = await storedRecord(consortium, patient);
    known.self.api.close();
  });
  afterAll(async () => {
    await consortium.disconnect();
    await wipeConsortium(consortium.home);
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (name: string) => join(folder, `${name}.backup`);
  const create = (name: string, ...more: string[]) =>
    medaccordJson<Archive>(
      ...['backup', 'create', '--out', file(name), '--key-file', key, '--home', consortium.home, ...more],
    );
  const verify = (name: string) => medaccord('backup', 'verify', file(name), '--key-file', key, '--json');
  const heights = async (home: string) =>
    (await medaccordJson<{ ledgerHeight?: number }>('status', '--home', home)).ledgerHeight;
  /** As the supervisor last wrote it, which is at once. */
  const stateOf = (name: string) => {
    const state = readFileSync(join(consortium.home, 'run', 'state.json'), 'utf8');
    const { processes } = JSON.parse(state) as { processes: { name: string; status: string }[] };
    return processes.find((process) => process.name === name)?.status;
  };
  const statusOf = async (name: string) =>
    (await consortium.processes()).find((process) => process.name === name)?.status;

  it('of one organisation is made while all run under load, and everything goes on', async () => {
    load = await RegistrationLoad.start(consortium, HOSPITALS);
    await load.acknowledges(5, HOSPITALS);
    const made = await create('running', '--org', 'hospital-a');
    expect(made).toMatchObject({ engine, organisations: ['hospital-a'] });
    await load.acknowledges(5, HOSPITALS);
    await load.stop();
    expect(load.refused).toEqual([]);
    for (const at of HOSPITALS) expect(await lostAt(consortium, at, load.acknowledged)).toEqual([]);
    expect(await verify('running')).toMatchObject({ code: 0 });
    expect(await statusOf(engine === 'fabric' ? 'peer0.hospital-a' : 'ledger')).toBe('ready');
    expect(readdirSync(join(consortium.home, 'run')).filter((name) => name.startsWith('backup-'))).toEqual(
      [],
    );
  }, 300_000);

  it.runIf(engine === 'fabric')('of all real nodes at one instant is refused while they run', async () => {
    const refused = await medaccord(
      ...['backup', 'create', '--out', file('never'), '--key-file', key, '--home', consortium.home, '--json'],
    );
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'BACKUP_NEEDS_STOP' } });
  });

  it('that is killed leaves no archive, and what it stopped runs again', async () => {
    const program = fileURLToPath(new URL('../../../network/bin/medaccord.mjs', import.meta.url));
    const child = spawn(process.execPath, [
      ...[program, 'backup', 'create', '--out', file('killed'), '--key-file', key],
      ...['--org', 'hospital-a', '--home', consortium.home],
    ]);
    const ended = once(child, 'exit');
    // In the middle of it: something is staged, and on real Fabric the peer is stopped.
    await vi.waitFor(
      () => {
        expect(readdirSync(join(consortium.home, 'run')).some((name) => name.startsWith('backup-'))).toBe(
          true,
        );
        if (engine === 'fabric') expect(stateOf('peer0.hospital-a')).not.toBe('ready');
      },
      { timeout: 60_000, interval: 10 },
    );
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(file('killed'))).toBe(false);
    await vi.waitFor(
      async () =>
        expect(
          (await consortium.processes()).filter(
            ({ name, status }) => name !== 'supervisor' && status !== 'ready',
          ),
        ).toEqual([]),
      { timeout: 60_000, interval: 200 },
    );
    await create('killed', '--org', 'hospital-a');
    expect(readdirSync(join(consortium.home, 'run')).filter((name) => name.startsWith('backup-'))).toEqual(
      [],
    );
  });

  it('of everything becomes the same consortium in an empty home: ledger, people, records', async () => {
    const before = await heights(consortium.home);
    await consortium.disconnect();
    expect(await consortium.command('down')).toMatchObject({ code: 0 });
    const made = await create('whole');
    expect(made.organisations).toEqual(['hospital-a', 'hospital-b', 'insurer-a', 'lab-a', 'orderer']);
    const home = join(inject('consortia'), `restored-${engine}`);
    const restored = await medaccordJson<Archive>(
      ...['backup', 'restore', file('whole'), '--key-file', key, '--home', home],
    );
    expect(restored.files).toBe(made.files);
    if (engine === 'embedded') {
      const hash = async (where: string) =>
        (await medaccordJson<{ channels: { stateHash: string }[] }>('ledger', 'rebuild', '--home', where))
          .channels[0]?.stateHash;
      const original = await hash(consortium.home);
      expect(original).toMatch(/^[0-9a-f]{64}$/);
      expect(await hash(home)).toBe(original);
    }
    const again = await Consortium.start(home);
    try {
      expect(await heights(home)).toBe(before);
      for (const at of HOSPITALS) expect(await lostAt(again, at, load.acknowledged)).toEqual([]);
      const self = await again.logIn(patient.custodian, user);
      const statement = await preparedReading(self, record);
      expect(await readSigned(self, record, signStatement(statement, 'access', patient.key))).toBe(
        record.text,
      );
      self.api.close();
      expect(existsSync(join(home, 'gateways', 'hospital-a', 'service.dump'))).toBe(false);
      const more = await RegistrationLoad.start(again, HOSPITALS);
      await more.acknowledges(1, HOSPITALS);
      await more.stop();
    } finally {
      await again.disconnect();
      await wipeConsortium(home);
    }
  }, 600_000);

  it('with one flipped byte is found out, and the file is named', async () => {
    const bytes = readFileSync(file('whole'));
    const at = Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(file('spoilt'), bytes);
    const { code, stdout } = await verify('spoilt');
    expect(code).toBe(1);
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
    expect(error.code).toBe('BACKUP_DAMAGED');
    expect(error.message).toMatch(/is damaged at [a-z-]+\/\S+:/);
  });
});
