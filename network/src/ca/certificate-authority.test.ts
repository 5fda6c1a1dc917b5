import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureCryptoMaterial } from '../crypto-material/index.js';
import { parseRevocationList } from '../embedded/identity/revocation-list.js';
import { organisationPaths } from '../home/index.js';
import { generateKeyPair } from '../pki/index.js';
import { findOrganisation, loadTopology } from '../topology/index.js';
import { CertificateAuthority } from './certificate-authority.js';

const file = new URL('../../../config/examples/two-organisations.yaml', import.meta.url);
const topology = loadTopology(fileURLToPath(file));
const hospital = findOrganisation(topology, 'hospital-a');

let home: string;
let first: CertificateAuthority;
let second: CertificateAuthority;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'medaccord-authority-'));
  await ensureCryptoMaterial(topology, home);
  // The service and the command line have the registry open at once.
  first = await CertificateAuthority.open(home, hospital);
  second = await CertificateAuthority.open(home, hospital);
});
afterAll(async () => {
  await first.close();
  await second.close();
  rmSync(home, { recursive: true, force: true });
});

const role = [{ name: 'role', value: 'clerk', ecert: true }];
function listed(): Set<string> {
  const list = parseRevocationList(readFileSync(organisationPaths(home, hospital).revocationList));
  return new Set([...list.serialNumbers].map((serial) => serial.toLowerCase()));
}

async function issued(authority: CertificateAuthority, id: string): Promise<string> {
  authority.register({ id, type: 'client', attributes: role });
  const certificate = await authority.issue(id, (await generateKeyPair()).publicKey);
  return new X509Certificate(certificate.toString('pem')).serialNumber.toLowerCase();
}

describe('two processes on one registry', () => {
  it('see what the other registered and issued', async () => {
    const serial = await issued(first, 'seen');
    expect(second.registry.certificate(serial)?.id).toBe('seen');
    expect(() => second.register({ id: 'seen', type: 'client', attributes: role })).toThrow(
      expect.objectContaining({ reason: 'ALREADY_REGISTERED' }),
    );
  });

  it('lose no revocation when both revoke at once', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `clerk-${index}`);
    const serials = await Promise.all(ids.map((id) => issued(first, id)));
    await Promise.all(ids.map((id, index) => (index % 2 === 0 ? first : second).revokeIdentity(id)));
    expect([...listed()].sort()).toEqual([...serials].sort());
    expect(readdirSync(join(organisationPaths(home, hospital).msp, 'crls'))).toEqual(['crl.pem']);
  });

  it('issue nothing to whom the other revoked', async () => {
    await issued(first, 'gone');
    await second.revokeIdentity('gone');
    await expect(first.issue('gone', (await generateKeyPair()).publicKey)).rejects.toMatchObject({
      reason: 'IDENTITY_REVOKED',
    });
  });
});

describe('the TLS authority', () => {
  it('has a list of its own, for the gateways, and the organisation’s stays without its certificates', async () => {
    const paths = organisationPaths(home, hospital);
    const { publicKey } = await generateKeyPair();
    const certificate = await first.issueTls('gateway.hospital-a.example', publicKey, ['localhost']);
    expect(existsSync(paths.tlsRevocationList)).toBe(false);
    await second.revokeCertificate(certificate.serialNumber);
    const list = parseRevocationList(readFileSync(paths.tlsRevocationList));
    expect([...list.serialNumbers].map((serial) => serial.toLowerCase())).toEqual([certificate.serialNumber]);
    expect(listed()).not.toContain(certificate.serialNumber);
    await expect(first.revokeCertificate(certificate.serialNumber)).rejects.toMatchObject({
      reason: 'ALREADY_REVOKED',
    });
    const config = JSON.parse(readFileSync(paths.gateway.config, 'utf8')) as {
      organisations: { name: string; tlsCrlFile: string }[];
    };
    const own = config.organisations.find(({ name }) => name === 'hospital-a');
    expect(own?.tlsCrlFile).toBe(paths.tlsRevocationList);
  });
});

describe('opening', () => {
  it('publishes again what a crash kept from the list', async () => {
    const serial = await issued(first, 'unpublished');
    first.registry.revoke([serial], 1, new Date());
    expect(listed().has(serial)).toBe(false);
    const third = await CertificateAuthority.open(home, hospital);
    await third.close();
    expect(listed().has(serial)).toBe(true);
  });

  it('gives the list to a peer that comes later', async () => {
    const grown = { ...hospital, peers: [...hospital.peers, { name: 'peer1', port: 7061 }] };
    await ensureCryptoMaterial(
      { ...topology, organisations: [grown, ...topology.organisations.slice(1)] },
      home,
    );
    const { msp } = organisationPaths(home, grown).peer('peer1');
    expect(readdirSync(msp).sort()).toEqual([
      'cacerts',
      'config.yaml',
      'crls',
      'keystore',
      'signcerts',
      'tlscacerts',
    ]);
  });
});
