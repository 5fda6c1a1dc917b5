import { spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import forge from 'node-forge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIssuer, generateKeyPair, issueIdentity } from '../pki/index.js';
import { formatPem, readPem, type Bundle } from './bundle.js';
import { readPkcs12, writePkcs12 } from './pkcs12.js';

const openssl = spawnSync('openssl', ['version']).status === 0;
const PASSWORD = 'correct horse';

let folder: string;
let bundle: Bundle;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'medaccord-bundle-'));
  const issuer = await createIssuer({ commonName: 'ca', organisation: 'hospital-a' });
  const keys = await generateKeyPair();
  const subject = { commonName: 'doctor', organisation: 'hospital-a', unit: 'client' };
  const certificate = await issueIdentity(issuer, { subject, publicKey: keys.publicKey, days: 1 });
  bundle = {
    certificate: new X509Certificate(certificate.toString('pem')).toString(),
    privateKey: keys.privateKeyPem,
    chain: [new X509Certificate(issuer.certificate.toString('pem')).toString()],
  };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  expect([status, stderr.match(/error.*/i)?.[0]]).toEqual([0, undefined]);
  return stdout;
}

describe('PKCS#12', () => {
  it('reads back what it wrote, with the key encrypted', () => {
    const file = writePkcs12(bundle, PASSWORD, 'doctor@hospital-a');
    expect(readPkcs12(file, PASSWORD)).toEqual(bundle);
    const key = createPrivateKey(bundle.privateKey).export({ type: 'sec1', format: 'der' });
    expect(file.includes(key.subarray(7, 39))).toBe(false);
  });

  it('tells a wrong password from a broken file', () => {
    const file = writePkcs12(bundle, PASSWORD, 'doctor');
    const refused = (bytes: Buffer, password: string, code: string) =>
      expect(() => readPkcs12(bytes, password)).toThrow(expect.objectContaining({ code }));
    refused(file, 'wrong', 'PASSWORD_WRONG');
    refused(file, '', 'PASSWORD_WRONG');
    refused(file.subarray(0, file.length - 10), PASSWORD, 'BUNDLE_UNREADABLE');
    refused(Buffer.from('nonsense'), PASSWORD, 'BUNDLE_UNREADABLE');
    refused(Buffer.alloc(0), PASSWORD, 'BUNDLE_UNREADABLE');
    const tampered = Buffer.from(file);
    const middle = Math.floor(file.length / 2);
    tampered[middle] = (tampered[middle] ?? 0) ^ 1;
    refused(tampered, PASSWORD, 'PASSWORD_WRONG');
  });

  it('refuses an RSA key', () => {
    const keys = forge.pki.rsa.generateKeyPair({ bits: 512 });
    const certificate = forge.pki.createCertificate();
    certificate.publicKey = keys.publicKey;
    certificate.sign(keys.privateKey);
    const asn1 = forge.pkcs12.toPkcs12Asn1(keys.privateKey, certificate, PASSWORD);
    const file = Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'binary');
    expect(() => readPkcs12(file, PASSWORD)).toThrow('RSA');
  });

  it.runIf(openssl)('openssl opens ours', () => {
    writeFileSync(join(folder, 'ours.p12'), writePkcs12(bundle, PASSWORD, 'doctor@hospital-a'));
    const text = run('pkcs12', '-in', 'ours.p12', '-passin', `pass:${PASSWORD}`, '-nodes');
    expect(text).toContain('friendlyName: doctor@hospital-a');
    expect(readPem(text, undefined)).toEqual(bundle);
  });

  it.runIf(openssl).each([
    ['as it is', []],
    ['with the old algorithms', ['-legacy']],
  ])("opens openssl's, %s", (_what, options) => {
    writeFileSync(join(folder, 'own.pem'), formatPem(bundle));
    const file = 'theirs.p12';
    run('pkcs12', '-export', '-in', 'own.pem', '-out', file, '-passout', `pass:${PASSWORD}`, ...options);
    expect(readPkcs12(readFileSync(join(folder, file)), PASSWORD)).toEqual(bundle);
  });
});

describe('PEM', () => {
  it('reads back what it wrote, encrypted or not, in any order', () => {
    expect(readPem(formatPem(bundle), undefined)).toEqual(bundle);
    const encrypted = formatPem(bundle, PASSWORD);
    expect(encrypted).toContain('BEGIN ENCRYPTED PRIVATE KEY');
    expect(readPem(encrypted, PASSWORD)).toEqual(bundle);
    const [authority = ''] = bundle.chain;
    expect(readPem(authority + bundle.certificate + bundle.privateKey, undefined)).toEqual(bundle);
    const sec1 = String(createPrivateKey(bundle.privateKey).export({ type: 'sec1', format: 'pem' }));
    expect(readPem(bundle.certificate + sec1, undefined).privateKey).toBe(bundle.privateKey);
  });

  it.each<[string, () => string, string | undefined, string]>([
    ['a wrong password', () => formatPem(bundle, PASSWORD), 'wrong', 'PASSWORD_WRONG'],
    ['no password', () => formatPem(bundle, PASSWORD), undefined, 'PASSWORD_WRONG'],
    ['no key', () => bundle.certificate, undefined, 'BUNDLE_UNREADABLE'],
    [
      'two keys',
      () => bundle.privateKey + bundle.privateKey + bundle.certificate,
      undefined,
      'BUNDLE_UNREADABLE',
    ],
    [
      'a key of no certificate',
      () => bundle.privateKey + bundle.chain.join(''),
      undefined,
      'BUNDLE_UNREADABLE',
    ],
    [
      'a certificate that is none',
      () => `${bundle.privateKey}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
      undefined,
      'BUNDLE_UNREADABLE',
    ],
  ])('refuses %s', (_what, text, password, code) => {
    expect(() => readPem(text(), password)).toThrow(expect.objectContaining({ code }));
  });
});
