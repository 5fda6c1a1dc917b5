import { X509Certificate, createPrivateKey } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compactDecrypt } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProgram } from '../cli/program.js';
import { CodedError } from '../coded-error.js';
import { ensureCryptoMaterial, readGatewaySecrets } from '../crypto-material/index.js';
import { parseRevocationList } from '../embedded/identity/revocation-list.js';
import { organisationPaths, topologyFile } from '../home/index.js';
import { findOrganisation, formatTopology, loadTopology } from '../topology/index.js';
import { registerIdentityCommands } from './commands.js';
import type { ListedIdentity } from './list.js';

const example = new URL('../../../config/examples/two-organisations.yaml', import.meta.url);
const topology = loadTopology(fileURLToPath(example));
const hospital = findOrganisation(topology, 'hospital-a');

let folder: string;
let home: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'medaccord-identity-'));
  home = join(folder, 'home');
  await ensureCryptoMaterial(topology, home);
  writeFileSync(topologyFile(home), formatTopology(topology));
  writeFileSync(join(folder, 'password'), 'correct horse\n');
  writeFileSync(join(folder, 'other-password'), 'battery staple\n');
  writeFileSync(join(folder, 'weak'), 'short\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const unused = () => Promise.reject(new Error('not part of this test'));
const noPlan = () => {
  throw new Error('not part of this test');
};
const parts = {
  ensureMaterial: unused,
  planNetwork: noPlan,
  planConsortium: noPlan,
  deploy: unused,
  bootstrap: unused,
};

/** What `medaccord identity …` prints. @throws what it ends with */
async function identity(...args: string[]): Promise<string> {
  let text = '';
  const quiet = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    const program = createProgram(parts, [registerIdentityCommands]);
    await program.parseAsync(['node', 'medaccord', '--home', home, 'identity', ...args]);
  } finally {
    out.mockRestore();
    quiet.mockRestore();
  }
  return text;
}
async function json<T>(...args: string[]): Promise<T> {
  return JSON.parse(await identity(...args, '--json')) as T;
}
async function refusal(...args: string[]): Promise<CodedError> {
  const error = await identity(...args).catch((thrown: unknown) => thrown);
  if (error instanceof CodedError) return error;
  throw new Error(`not refused: ${String(error)}`);
}
async function listed(name: string): Promise<ListedIdentity> {
  const { identities } = await json<{ identities: ListedIdentity[] }>('list', '--org', 'hospital-a');
  const found = identities.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`${name} is not listed`);
  return found;
}
const user = (name: string) => organisationPaths(home, hospital).user(name);
const serialOf = (name: string) =>
  new X509Certificate(readFileSync(user(name).certificate)).serialNumber.toLowerCase();
const revoked = () =>
  [...parseRevocationList(readFileSync(organisationPaths(home, hospital).revocationList)).serialNumbers].map(
    (serial) => serial.toLowerCase(),
  );

interface Issued {
  subject: string;
  serial: string;
  folder: string;
  custody: string;
  notAfter: string;
  revoked: string[];
}

describe('identity issue', () => {
  it('writes key, certificate and description, and lists it', async () => {
    const issued = await json<Issued>(
      'issue',
      '--org',
      'hospital-a',
      '--name',
      'dr-42',
      '--role',
      'doctor',
      '--days',
      '10',
    );
    expect(issued).toMatchObject({
      name: 'dr-42',
      organisation: 'hospital-a',
      role: 'doctor',
      custody: 'client',
    });
    expect(issued.serial).toBe(serialOf('dr-42'));
    expect(Date.parse(issued.notAfter)).toBeLessThan(Date.now() + 11 * 86_400_000);
    const certificate = new X509Certificate(readFileSync(user('dr-42').certificate));
    expect(certificate.checkPrivateKey(createPrivateKey(readFileSync(user('dr-42').privateKey)))).toBe(true);
    expect(JSON.parse(readFileSync(user('dr-42').identity, 'utf8'))).toMatchObject({
      subject: issued.subject,
    });
    expect(await listed('dr-42')).toMatchObject({
      role: 'doctor',
      status: 'active',
      subject: issued.subject,
    });
    expect(existsSync(join(organisationPaths(home, hospital).gateway.wallet, `${issued.subject}.jwe`))).toBe(
      false,
    );
  });

  it('with custody at the gateway, another key goes to its wallet', async () => {
    const issued = await json<Issued>(
      ...['issue', '--org', 'hospital-a', '--name', 'nurse-1', '--role', 'nurse', '--custody', 'gateway'],
    );
    expect(issued.custody).toBe('gateway');
    const entry = readFileSync(
      join(organisationPaths(home, hospital).gateway.wallet, `${issued.subject}.jwe`),
      'utf8',
    );
    const key = Buffer.from(readGatewaySecrets(home, hospital).walletKey, 'base64url');
    const { plaintext } = await compactDecrypt(entry.trim(), key);
    const { certificate } = JSON.parse(Buffer.from(plaintext).toString()) as { certificate: string };
    expect(new X509Certificate(certificate).subject).toBe('O=hospital-a\nOU=client\nCN=nurse-1');
    expect((await listed('nurse-1')).certificates).toHaveLength(2);
  });

  it('says what it did to people', async () => {
    const text = await identity('issue', '--org', 'insurer-a', '--name', 'adj-2', '--role', 'adjuster');
    expect(text).toMatch(
      /^adj-2@insurer-a \(adjuster\), subject [0-9a-f]{32}\nCertificate [0-9a-f]{32}, valid until /,
    );
  });

  it.each<[string, string[], string, string]>([
    [
      'an unknown organisation',
      ['--org', 'lab-z', '--name', 'x', '--role', 'clerk'],
      'ORGANISATION_UNKNOWN',
      'hospital-a, insurer-a',
    ],
    [
      'an unknown role',
      ['--org', 'hospital-a', '--name', 'x', '--role', 'surgeon'],
      'ROLE_UNKNOWN',
      'doctor',
    ],
    [
      'a name that is taken',
      ['--org', 'hospital-a', '--name', 'doctor', '--role', 'doctor'],
      'IDENTITY_EXISTS',
      'renew',
    ],
    [
      'a name that is a path',
      ['--org', 'hospital-a', '--name', '../x', '--role', 'clerk'],
      'CA_REGISTRATION_INVALID',
      '',
    ],
  ])('refuses %s', async (_what, args, code, hint) => {
    const error = await refusal('issue', ...args);
    expect(error.code).toBe(code);
    expect(error.hint ?? '').toContain(hint);
  });

  it('refuses wrong usage before it does anything', async () => {
    await expect(identity('issue', '--org', 'hospital-a', '--name', 'x')).rejects.toThrow('--role');
    await expect(
      identity('issue', '--org', 'hospital-a', '--name', 'x', '--role', 'clerk', '--days', '0'),
    ).rejects.toThrow('1 to 9999');
    await expect(
      identity('issue', '--org', 'hospital-a', '--name', 'x', '--role', 'clerk', '--custody', 'usb'),
    ).rejects.toThrow('gateway, client');
  });

  it('needs a consortium', async () => {
    const elsewhere = join(folder, 'nothing');
    const program = createProgram(parts, [registerIdentityCommands]);
    await expect(
      program.parseAsync(['node', 'medaccord', '--home', elsewhere, 'identity', 'list']),
    ).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  });
});

describe('identity renew', () => {
  it('keeps name, subject and role, gives a new key, and renews the wallet', async () => {
    const before = { serial: serialOf('doctor'), key: readFileSync(user('doctor').privateKey, 'utf8') };
    const { subject, certificates } = await listed('doctor');
    const entry = join(organisationPaths(home, hospital).gateway.wallet, `${subject}.jwe`);
    const sealed = readFileSync(entry, 'utf8');
    const renewed = await json<Issued>('renew', '--org', 'hospital-a', '--name', 'doctor', '--revoke-old');
    expect(renewed).toMatchObject({ subject, role: 'doctor', custody: 'gateway' });
    expect(renewed.serial).toBe(serialOf('doctor'));
    expect(renewed.serial).not.toBe(before.serial);
    expect(readFileSync(user('doctor').privateKey, 'utf8')).not.toBe(before.key);
    expect(readFileSync(entry, 'utf8')).not.toBe(sealed);
    expect([...renewed.revoked].sort()).toEqual(certificates.map(({ serial }) => serial).sort());
    expect(revoked()).toEqual(expect.arrayContaining(renewed.revoked));
    expect(await listed('doctor')).toMatchObject({ status: 'active', subject });
    expect(statSync(user('doctor').privateKey).mode & 0o777).toBe(0o600);
  });

  it('brings back a folder that a cut-off renewal left aside', async () => {
    const { folder: own } = user('clerk');
    const serial = serialOf('clerk');
    renameSync(own, join(own, '..', '.clerk@hospital-a.example.old'));
    await ensureCryptoMaterial(topology, home);
    expect(serialOf('clerk')).toBe(serial);
    expect(readdirSync(join(own, '..')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('refuses strangers, nodes and who was revoked', async () => {
    expect((await refusal('renew', '--org', 'hospital-a', '--name', 'nobody')).hint).toContain('doctor');
    const node = await refusal('renew', '--org', 'hospital-a', '--name', 'peer0.hospital-a.example');
    expect(node.code).toBe('NOT_A_PERSON');
    await identity('issue', '--org', 'hospital-a', '--name', 'gone', '--role', 'clerk');
    await identity('revoke', '--org', 'hospital-a', '--name', 'gone');
    expect((await refusal('renew', '--org', 'hospital-a', '--name', 'gone')).code).toBe(
      'CA_IDENTITY_REVOKED',
    );
  });
});

describe('identity revoke', () => {
  it('of a name: all certificates, the wallet entry, and no way back', async () => {
    const issued = await json<Issued>(
      ...['issue', '--org', 'hospital-a', '--name', 'nurse-2', '--role', 'nurse', '--custody', 'gateway'],
    );
    const done = await json<{ serials: string[]; listed: number }>(
      ...['revoke', '--org', 'hospital-a', '--name', 'nurse-2', '--reason', 'keycompromise'],
    );
    expect(done.serials).toHaveLength(2);
    expect(revoked()).toEqual(expect.arrayContaining(done.serials));
    expect(done.listed).toBe(revoked().length);
    expect(existsSync(join(organisationPaths(home, hospital).gateway.wallet, `${issued.subject}.jwe`))).toBe(
      false,
    );
    expect((await listed('nurse-2')).status).toBe('revoked');
    const again = await refusal('issue', '--org', 'hospital-a', '--name', 'nurse-2', '--role', 'nurse');
    expect(again.code).toBe('IDENTITY_EXISTS');
    // `up` does not bring somebody revoked back either.
    await ensureCryptoMaterial(topology, home);
    expect((await listed('nurse-2')).status).toBe('revoked');
  });

  it('of a serial: that certificate alone', async () => {
    const { serial } = await json<Issued>(
      'issue',
      '--org',
      'hospital-a',
      '--name',
      'nurse-3',
      '--role',
      'nurse',
    );
    const text = await identity('revoke', '--org', 'hospital-a', '--serial', serial.toUpperCase());
    expect(text).toContain(`nurse-3@hospital-a: revoked ${serial}`);
    expect((await listed('nurse-3')).certificates).toMatchObject([{ serial, status: 'revoked' }]);
    await identity('renew', '--org', 'hospital-a', '--name', 'nurse-3');
    expect((await listed('nurse-3')).status).toBe('active');
    expect((await refusal('revoke', '--org', 'hospital-a', '--serial', serial)).code).toBe(
      'CA_ALREADY_REVOKED',
    );
  });

  it('refuses what is unknown or unclear', async () => {
    expect((await refusal('revoke', '--org', 'hospital-a')).code).toBe('NOTHING_TO_REVOKE');
    const both = ['--name', 'doctor', '--serial', 'ff'];
    expect((await refusal('revoke', '--org', 'hospital-a', ...both)).code).toBe('NOTHING_TO_REVOKE');
    expect((await refusal('revoke', '--org', 'hospital-a', '--name', 'nobody')).code).toBe(
      'IDENTITY_UNKNOWN',
    );
    expect((await refusal('revoke', '--org', 'hospital-a', '--serial', 'ff')).code).toBe(
      'CA_CERTIFICATE_NOT_FOUND',
    );
  });
});

describe('identity list', () => {
  it('shows everybody of all organisations, or of one, or of one role', async () => {
    const { identities } = await json<{ identities: ListedIdentity[] }>('list');
    expect(new Set(identities.map(({ organisation }) => organisation))).toEqual(
      new Set(['hospital-a', 'insurer-a']),
    );
    const { identities: admins } = await json<{ identities: ListedIdentity[] }>('list', '--role', 'admin');
    expect(admins.map(({ name }) => name)).toEqual(['Admin', 'Admin']);
    const text = await identity('list', '--org', 'insurer-a');
    expect(text).toMatch(/^Organisation +Name +Role +Status +Until +Serial\n/);
    expect(text).toMatch(/insurer-a +adjuster +adjuster +active +\d{4}-\d\d-\d\d +[0-9a-f]{32}\n/);
    expect(text).toMatch(/insurer-a +peer0.insurer-a.example +peer +active/);
  });
});

describe('identity export and import', () => {
  const file = (name: string) => join(folder, name);
  const exported = (format: string, out: string, ...more: string[]) =>
    identity(
      'export',
      '--org',
      'hospital-a',
      '--name',
      'billing',
      '--format',
      format,
      '--out',
      file(out),
      ...more,
    );

  it.each([
    ['p12', ['--password-file']],
    ['pem', ['--password-file']],
    ['pem', []],
  ])('brings an identity to another home by %s %j', async (format, options) => {
    const out = `billing-${options.length}.${format}`;
    const password = options.flatMap((option) => [option, file('password')]);
    await exported(format, out, ...password);
    expect(statSync(file(out)).mode & 0o777).toBe(0o600);
    const serial = serialOf('billing');
    const again = await json<{ changed: boolean }>('import', file(out), ...password);
    expect(again.changed).toBe(false);
    rmSync(user('billing').folder, { recursive: true });
    const imported = await json<{ name: string; serial: string; changed: boolean }>(
      'import',
      file(out),
      ...password,
    );
    expect(imported).toMatchObject({ name: 'billing', serial, changed: true, role: 'billing' });
    expect(serialOf('billing')).toBe(serial);
    expect(readdirSync(user('billing').folder).sort()).toEqual(['identity.json', 'msp', 'tls']);
  });

  it('takes an identity of an authority whose registry was lost', async () => {
    await identity(
      'export',
      '--org',
      'insurer-a',
      '--name',
      'clerk',
      '--format',
      'pem',
      '--out',
      file('clerk.pem'),
    );
    const paths = organisationPaths(home, findOrganisation(topology, 'insurer-a'));
    const { subject } = JSON.parse(readFileSync(paths.user('clerk').identity, 'utf8')) as { subject: string };
    rmSync(join(paths.caService.registry, '..', 'registry.mdb'));
    rmSync(paths.user('clerk').folder, { recursive: true });
    const imported = await json<Issued>('import', file('clerk.pem'));
    expect(imported.subject).toBe(subject);
    const { identities } = await json<{ identities: ListedIdentity[] }>('list', '--org', 'insurer-a');
    expect(identities.map(({ name }) => name)).toEqual(['clerk']);
  });

  it('refuses passwords and files that will not do', async () => {
    expect(await exported('p12', 'a.p12').catch((error: CodedError) => error.code)).toBe('PASSWORD_MISSING');
    const weak = await exported('p12', 'a.p12', '--password-file', file('weak')).catch(
      (error: CodedError) => error.code,
    );
    expect(weak).toBe('PASSWORD_WEAK');
    await exported('p12', 'once.p12', '--password-file', file('password'));
    const twice = exported('p12', 'once.p12', '--password-file', file('password'));
    await expect(twice).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    await exported('p12', 'once.p12', '--password-file', file('password'), '--force');
    expect((await refusal('import', file('once.p12'), '--password-file', file('other-password'))).code).toBe(
      'PASSWORD_WRONG',
    );
    expect((await refusal('import', file('once.p12'))).code).toBe('PASSWORD_WRONG');
    expect((await refusal('import', file('none.p12'))).code).toBe('FILE_UNREADABLE');
    expect((await refusal('import', file('password'))).code).toBe('BUNDLE_UNREADABLE');
    expect(
      (await refusal('export', '--org', 'hospital-a', '--name', 'nobody', '--out', file('b'))).code,
    ).toBe('IDENTITY_UNKNOWN');
  });

  it('refuses certificates of strangers, revoked ones, and another one of the same name', async () => {
    const other = join(folder, 'other-home');
    await ensureCryptoMaterial(topology, other);
    const { certificate, privateKey } = organisationPaths(other, hospital).user('doctor');
    writeFileSync(file('stranger.pem'), readFileSync(certificate, 'utf8') + readFileSync(privateKey, 'utf8'));
    const stranger = await refusal('import', file('stranger.pem'));
    expect(stranger).toMatchObject({ code: 'ISSUER_UNKNOWN', hint: 'authorities: hospital-a, insurer-a' });

    await exported('pem', 'old.pem');
    await identity('renew', '--org', 'hospital-a', '--name', 'billing');
    expect((await refusal('import', file('old.pem'))).code).toBe('IDENTITY_EXISTS');
    await identity('renew', '--org', 'hospital-a', '--name', 'billing', '--revoke-old');
    expect((await refusal('import', file('old.pem'))).code).toBe('CA_CERTIFICATE_REVOKED');
  });
});
