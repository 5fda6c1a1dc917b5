import { X509Certificate as NodeCertificate } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import '../pki/provider.js';
import { X509Certificate } from '@peculiar/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../ca/certificate-authority.js';
import { serveCa } from '../ca/service/serve.js';
import { CaClient, newCsr } from '../ca/testing/ca-client.js';
import { ensureCryptoMaterial, readIdentityFile } from '../crypto-material/index.js';
import { organisationPaths } from '../home/index.js';
import { readAttributes } from '../pki/index.js';
import { findOrganisation, loadTopology } from '../topology/index.js';
import { issueIdentity } from './issue.js';
import { listIdentities } from './list.js';
import { revokeIdentity } from './revoke.js';

const topology = loadTopology(
  fileURLToPath(new URL('../../../config/examples/network-only.yaml', import.meta.url)),
);
const organisation = findOrganisation(topology, 'org1');

let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'medaccord-alone-'));
  await ensureCryptoMaterial(topology, home);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const attributesOf = (name: string) =>
  readAttributes(
    new X509Certificate(readFileSync(organisationPaths(home, organisation).user(name).certificate)),
  );

describe('a network alone', () => {
  it('has the users that Fabric’s tools expect, an MSP for each peer, and nothing of a gateway', () => {
    const paths = organisationPaths(home, organisation);
    expect(readdirSync(paths.usersFolder).sort()).toEqual([
      'Admin@org1.example.com',
      'User1@org1.example.com',
    ]);
    expect(existsSync(paths.peer('peer1').certificate)).toBe(true);
    expect(existsSync(paths.connectionProfile)).toBe(true);
    expect(existsSync(join(home, 'gateways'))).toBe(false);
    const units = (name: string) => new NodeCertificate(readFileSync(paths.user(name).certificate)).subject;
    expect(units('Admin')).toContain('OU=admin');
    expect(units('User1')).toContain('OU=client');
    expect(readIdentityFile(paths.user('User1').identity)).toMatchObject({
      role: 'client',
      mspId: 'Org1MSP',
    });
    expect(attributesOf('User1')).toEqual({
      'hf.EnrollmentID': 'User1',
      'hf.Type': 'client',
      'hf.Affiliation': '',
    });
  });

  it('issues and revokes clients and admins, and knows no other role and no custody', async () => {
    const network = { home, topology };
    const wanted = { organisation: 'org1', name: 'app', role: 'client', custody: 'client' } as const;
    expect(await issueIdentity(network, wanted)).toMatchObject({
      name: 'app',
      role: 'client',
      custody: 'client',
    });
    await expect(issueIdentity(network, { ...wanted, name: 'x', role: 'doctor' })).rejects.toMatchObject({
      code: 'ROLE_UNKNOWN',
      hint: 'roles: client, admin',
    });
    await expect(issueIdentity(network, { ...wanted, name: 'x', custody: 'gateway' })).rejects.toMatchObject({
      code: 'NO_GATEWAY',
    });
    await revokeIdentity(network, { organisation: 'org1', name: 'app', reason: 0 });
    const listed = await listIdentities(network, { organisation: 'org1' });
    expect(listed.find(({ name }) => name === 'app')).toMatchObject({ type: 'client', status: 'revoked' });
  });

  it('lets Fabric CA’s clients register and enrol without our attributes', async () => {
    const paths = organisationPaths(home, organisation);
    const authority = await CertificateAuthority.open(home, organisation);
    const service = await serveCa(authority, {
      port: 0,
      certificate: readFileSync(join(paths.caService.tls, 'server.crt'), 'utf8'),
      privateKey: readFileSync(join(paths.caService.tls, 'server.key'), 'utf8'),
    });
    try {
      const client = new CaClient(service.url, readFileSync(paths.tlsCa.certificate, 'utf8'));
      const admin = {
        certificate: readFileSync(paths.user('Admin').certificate, 'utf8'),
        privateKey: readFileSync(paths.user('Admin').privateKey, 'utf8'),
      };
      const registered = await client.signed(admin, 'POST', 'register', { id: 'wallet', type: 'client' });
      expect(registered.body.errors).toEqual([]);
      const { csr } = await newCsr('wallet');
      const enrolled = await client.enroll('wallet', String(registered.body.result['secret']), csr);
      expect(enrolled).toMatchObject({ status: 201, body: { success: true } });
    } finally {
      await service.close();
      await authority.close();
    }
  });
});
