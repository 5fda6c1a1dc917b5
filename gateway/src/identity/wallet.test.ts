import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CompactEncrypt } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testOrganisation, type TestIdentity } from '../testing/identities.js';
import { openWallet } from './wallet.js';

describe('the custody wallet', () => {
  const key = randomBytes(32);
  let folder: string;
  let doctor: TestIdentity;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'wallet-'));
    doctor = await (await testOrganisation()).issue();
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function put(
    identity: TestIdentity,
    change: { header?: object; privateKey?: string; key?: Uint8Array } = {},
  ) {
    const contents = { certificate: identity.certificate, privateKey: change.privateKey ?? identity.keyPem };
    const header = { subject: doctor.subject, mspId: 'HospitalAMSP', role: 'doctor', ...change.header };
    const jwe = await new CompactEncrypt(Buffer.from(JSON.stringify(contents)))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', ...header })
      .encrypt(change.key ?? key);
    const file = path.join(folder, `${doctor.subject}.jwe`);
    await writeFile(file, jwe);
    return file;
  }

  it('opens an entry, keeps it, and sees a renewal', async () => {
    const wallet = openWallet(folder, key);
    expect(await wallet.find(doctor.subject)).toBeUndefined();
    const file = await put(doctor);
    const found = await wallet.find(doctor.subject);
    expect(found).toMatchObject({
      subject: doctor.subject,
      mspId: 'HospitalAMSP',
      certificate: doctor.certificate,
    });
    expect(await wallet.find(doctor.subject)).toBe(found);
    const renewed = await (await testOrganisation()).issue({ subject: doctor.subject });
    await put(renewed);
    await utimes(file, new Date(), new Date(Date.now() + 5_000));
    expect((await wallet.find(doctor.subject))?.certificate).toBe(renewed.certificate);
    await rm(file);
    expect(await wallet.find(doctor.subject)).toBeUndefined();
  });

  it.each(['../../etc/passwd', '', 'A'.repeat(32), 'a'.repeat(31)])(
    'knows nobody called %j',
    async (subject) => {
      expect(await openWallet(folder, key).find(subject)).toBeUndefined();
    },
  );

  it('refuses an entry of another key, subject or certificate, and says nothing of what is in it', async () => {
    const other = await (await testOrganisation()).issue();
    const cases = [
      { key: randomBytes(32) },
      { header: { subject: other.subject } },
      { privateKey: other.keyPem },
    ];
    for (const change of cases) {
      await put(doctor, change);
      const failure = await openWallet(folder, key)
        .find(doctor.subject)
        .catch((error: unknown) => error as Error);
      expect(failure).toMatchObject({ code: 'WALLET_UNREADABLE' });
      expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain('PRIVATE KEY');
    }
    await writeFile(path.join(folder, `${doctor.subject}.jwe`), 'rubbish');
    await expect(openWallet(folder, key).find(doctor.subject)).rejects.toMatchObject({
      code: 'WALLET_UNREADABLE',
    });
  });
});
