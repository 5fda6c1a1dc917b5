import { execFile } from 'node:child_process';
import { X509Certificate as NodeCertificate } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import '../../pki/provider.js';
import { X509Certificate, X509Crl } from '@peculiar/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAttributes } from '../../pki/index.js';
import { ServedAuthority } from '../testing/served-authority.js';

/** Fabric CA's own command, where this machine has it: in the folder FABRIC_BIN, or on the PATH. */
const program = [process.env['FABRIC_BIN'] ?? '', ...(process.env['PATH'] ?? '').split(delimiter)]
  .filter((folder) => folder !== '')
  .map((folder) => join(folder, 'fabric-ca-client'))
  .find((path) => existsSync(path));
if (program === undefined) {
  process.stderr.write(
    "Skipped what takes Fabric CA's fabric-ca-client: not in FABRIC_BIN, nor on the PATH.\n",
  );
}

let served: ServedAuthority;

beforeAll(async () => {
  if (program === undefined) return;
  served = await ServedAuthority.start('network-only.yaml', 'org1');
  // The command keeps an identity in a folder of its own: the registrar's is an MSP like any.
  cpSync(served.paths.user('Admin').msp, join(served.home, 'as', 'Admin', 'msp'), { recursive: true });
});
afterAll(() => served?.stop());

/** What it prints, with an exit code of 0, or why it does not. */
function say(who: string, url: string, ...args: readonly string[]): Promise<string> {
  const options = ['--home', folder(who), '--url', url, '--tls.certfiles', served.paths.tlsCa.certificate];
  return new Promise((resolve) => {
    execFile(program ?? '', [...args, ...options], { timeout: 60_000 }, (error, stdout, stderr) => {
      resolve(error === null ? `ok ${stdout}` : `failed ${stdout}${stderr}`);
    });
  });
}
const folder = (who: string) => join(served.home, 'as', who);
const as = (who: string, ...args: readonly string[]) => say(who, served.service.url, ...args);
const enroll = (who: string, secret: string, ...args: readonly string[]) =>
  say(who, served.service.url.replace('https://', `https://${who}:${secret}@`), 'enroll', ...args);
const certificate = (who: string) => readFileSync(join(folder(who), 'msp', 'signcerts', 'cert.pem'), 'utf8');

describe.skipIf(program === undefined)('Fabric CA’s own command', () => {
  it('registers, enrols and renews', async () => {
    expect(await as('Admin', 'getcainfo')).toContain('ok');
    const attributes = ['--id.attrs', 'mail=app@example.com:ecert,colour=red'];
    const registration = ['--id.name', 'app', '--id.secret', 'apppw', '--id.type', 'client', ...attributes];
    expect(await as('Admin', 'register', ...registration)).toContain('Password: apppw');
    expect(await enroll('app', 'apppw', '--enrollment.attrs', 'colour')).toContain('ok');
    const first = new X509Certificate(certificate('app'));
    expect(first.subject).toBe('O=org1, OU=client, CN=app');
    expect(readAttributes(first)).toMatchObject({ colour: 'red' });
    const root = readdirSync(join(folder('app'), 'msp', 'cacerts'));
    expect(root).toHaveLength(1);
    expect(await as('app', 'reenroll')).toContain('ok');
    const second = new X509Certificate(certificate('app'));
    expect(second.serialNumber).not.toBe(first.serialNumber);
    expect(readAttributes(second)).toMatchObject({ mail: 'app@example.com' });
  });

  it('gives a node its TLS certificate', async () => {
    await as('Admin', 'register', '--id.name', 'peer9', '--id.secret', 's', '--id.type', 'peer');
    const tls = ['--enrollment.profile', 'tls', '--csr.hosts', 'localhost,peer9.org1.example.com'];
    expect(await enroll('peer9', 's', ...tls)).toContain('ok');
    expect(new NodeCertificate(certificate('peer9')).checkHost('peer9.org1.example.com')).toBeDefined();
    expect(readdirSync(join(folder('peer9'), 'msp', 'tlscacerts'))).toHaveLength(1);
  });

  it('lists, adds and changes identities, and lists certificates', async () => {
    expect(await as('Admin', 'identity', 'add', 'x1', '--secret', 's', '--type', 'client')).toContain('x1');
    expect(await as('Admin', 'identity', 'modify', 'x1', '--attrs', 'a=b')).toContain('{Name:a Value:b');
    expect(await as('Admin', 'identity', 'list')).toMatch(/Name: Admin[^]*Name: x1/);
    expect(await as('Admin', 'identity', 'remove', 'x1')).toContain('Error Code: 56');
    expect(await as('Admin', 'affiliation', 'add', 'org1.x')).toContain('Error Code: 60');
    await enroll('x1', 's');
    expect(await as('Admin', 'certificate', 'list', '--id', 'x1')).toContain('CN=x1');
    expect(await as('Admin', 'certificate', 'list', '--id', 'x1', '--expiration', '-30d::now')).toContain(
      'No res',
    );
  });

  it('revokes, and gets the list of what is revoked', async () => {
    await as('Admin', 'register', '--id.name', 'gone', '--id.secret', 's');
    await enroll('gone', 's');
    expect(await as('Admin', 'revoke', '-e', 'gone', '-r', 'keycompromise')).toContain('ok');
    expect(await as('gone', 'reenroll')).toContain('Error Code: 20');
    expect(await as('Admin', 'gencrl')).toContain('ok');
    const list = new X509Crl(readFileSync(join(folder('Admin'), 'msp', 'crls', 'crl.pem'), 'utf8'));
    const { serialNumber } = new X509Certificate(certificate('gone'));
    expect(list.entries.map((entry) => entry.serialNumber)).toContain(serialNumber);
  });

  it('is refused in Fabric CA’s own numbers', async () => {
    expect(await enroll('nobody', 'x')).toContain('Error Code: 20');
    expect(await enroll('nobody', 'x', '--caname', 'ca-org2')).toContain('Error Code: 19');
    expect(await enroll('nobody', 'x', '--csr.keyrequest.size', '384')).toContain('Error Code: 31');
    expect(await as('Admin', 'register', '--id.name', 'Admin')).toContain('Error Code: 74');
    expect(await as('Admin', 'revoke', '-s', '01', '-a', '01')).toContain('Error Code: 8');
  });
});
