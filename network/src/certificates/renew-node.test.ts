import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureCryptoMaterial } from '../crypto-material/index.js';
import { parseRevocationList } from '../embedded/identity/revocation-list.js';
import { ordererPaths, organisationPaths } from '../home/index.js';
import { revokeIdentity } from '../identity/revoke.js';
import { findOrganisation, loadTopology } from '../topology/index.js';
import { findNode } from './nodes.js';
import { planNodeRenewal, renewNode } from './renew-node.js';

const example = new URL('../../../config/examples/two-organisations.yaml', import.meta.url);
const topology = loadTopology(fileURLToPath(example));
const hospital = findOrganisation(topology, 'hospital-a');

let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'medaccord-renewal-'));
  await ensureCryptoMaterial(topology, home);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const read = (file = '') => new X509Certificate(readFileSync(file));
const nodeOf = (organisation: string, name: string) => {
  const node = findNode(topology, organisation, name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return node;
};

describe('a node of a home that does not run', () => {
  it('gets new keys and certificates of the same names, and starts nothing', async () => {
    const node = nodeOf('hospital-a', 'peer0.hospital-a');
    const before = planNodeRenewal({ home, topology }, node).certificates.map(read);
    const done = await renewNode({ home, topology }, node, { days: 100, revokeOld: false });
    expect(done).toMatchObject({ channels: [], revoked: [], changesChannels: false });
    expect(done.restarts).toBeUndefined();
    const after = done.certificates.map(read);
    expect(after.map(({ subject }) => subject)).toEqual(before.map(({ subject }) => subject));
    expect(after.map(({ subjectAltName }) => subjectAltName)).toEqual(
      before.map(({ subjectAltName }) => subjectAltName),
    );
    for (const [index, certificate] of after.entries()) {
      expect(certificate.serialNumber).not.toBe(before[index]?.serialNumber);
      expect(certificate.publicKey.equals(before[index]?.publicKey ?? certificate.publicKey)).toBe(false);
    }
    expect(Date.parse(done.notAfter) - Date.now()).toBeLessThan(101 * 86_400_000);
  });

  it('keeps the organisation’s revocation list in its folder', async () => {
    const list = join(organisationPaths(home, hospital).peer('peer0').msp, 'crls', 'crl.pem');
    await revokeIdentity({ home, topology }, { organisation: 'hospital-a', name: 'clerk', reason: 0 });
    const node = nodeOf('hospital-a', 'peer0.hospital-a');
    await renewNode({ home, topology }, node, { revokeOld: false });
    expect(parseRevocationList(readFileSync(list)).serialNumbers.size).toBeGreaterThan(0);
  });

  it('of which the former certificates are to be revoked has none of them on the list but those', async () => {
    const node = nodeOf('hospital-a', 'gateway-hospital-a');
    const [tls] = planNodeRenewal({ home, topology }, node).certificates;
    const before = read(tls).serialNumber.toLowerCase().replace(/^0+/, '');
    const done = await renewNode({ home, topology }, node, { revokeOld: true });
    expect(done.revoked).toEqual([before]);
    const { tlsRevocationList } = organisationPaths(home, hospital);
    const listed = parseRevocationList(readFileSync(tlsRevocationList)).serialNumbers;
    expect([...listed]).toEqual([before.toUpperCase()]);
  });

  it('that orders keeps its TLS key, by which channels know it', async () => {
    const node = nodeOf('orderer', 'orderer0');
    const [signing, tls] = planNodeRenewal({ home, topology }, node).certificates.map(read);
    const done = await renewNode({ home, topology }, node, { revokeOld: false });
    const [newSigning, newTls] = done.certificates.map(read);
    expect(newTls?.serialNumber).not.toBe(tls?.serialNumber);
    expect(newTls?.publicKey.equals(tls?.publicKey ?? read().publicKey)).toBe(true);
    expect(newSigning?.publicKey.equals(signing?.publicKey ?? read().publicKey)).toBe(false);
    await expect(renewNode({ home, topology }, node, { revokeOld: true })).rejects.toMatchObject({
      code: 'NOTHING_TO_REVOKE',
    });
    const admin = await renewNode({ home, topology }, nodeOf('orderer', 'Admin'), { revokeOld: false });
    expect(admin.certificates).toHaveLength(2);
  });

  it('is made whole where a renewal was cut off between its two steps', async () => {
    const { folder, certificate } = ordererPaths(home, topology.orderers).orderer('orderer0');
    const aside = join(folder, '..', '.orderer0.orderer.medaccord.example.old');
    renameSync(folder, aside);
    await renewNode({ home, topology }, nodeOf('orderer', 'orderer0'), { revokeOld: false });
    expect(existsSync(certificate)).toBe(true);
    expect(existsSync(aside)).toBe(false);
  });
});
