import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProgram } from '../cli/program.js';
import { ensureCryptoMaterial } from '../crypto-material/index.js';
import { organisationPaths, topologyFile } from '../home/index.js';
import { renewIdentity } from '../identity/issue.js';
import { revokeIdentity } from '../identity/revoke.js';
import { findOrganisation, formatTopology, loadTopology } from '../topology/index.js';
import { listCertificates, needsAttention } from './list-certificates.js';

const example = new URL('../../../config/examples/two-organisations.yaml', import.meta.url);
const topology = loadTopology(fileURLToPath(example));
const DAY = 86_400_000;

let folder: string;
let fresh: string;
let home: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'medaccord-certificates-'));
  fresh = join(folder, 'fresh');
  await ensureCryptoMaterial(topology, fresh);
  writeFileSync(topologyFile(fresh), formatTopology(topology));
  home = join(folder, 'home');
  cpSync(fresh, home, { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const inDays = (days: number) => new Date(Date.now() + days * DAY);
const listed = async (where: string, now = new Date()) =>
  (await listCertificates(where, topology, { now })).map(({ organisation, name, use, status, daysLeft }) => ({
    who: `${organisation}/${name}/${use}`,
    status,
    daysLeft,
  }));

describe('the certificates of a home', () => {
  it('are those of authorities, nodes, services, admins, people and wallets', async () => {
    const found = (await listed(fresh)).map(({ who }) => who);
    expect(found).toEqual(
      expect.arrayContaining([
        'orderer/ca.orderer.medaccord.example/signing',
        'orderer/tlsca.orderer.medaccord.example/tls',
        'orderer/orderer0/signing',
        'orderer/orderer0/tls',
        'orderer/Admin/signing',
        'hospital-a/peer0.hospital-a/signing',
        'hospital-a/peer0.hospital-a/tls',
        'hospital-a/ca-hospital-a/tls',
        'hospital-a/gateway-hospital-a/tls',
        'hospital-a/gateway/signing',
        'hospital-a/Admin/custody',
        'hospital-a/doctor/signing',
        'hospital-a/doctor/tls',
        'hospital-a/doctor/custody',
      ]),
    );
    expect(new Set(found).size).toBe(found.length);
  });

  it('are good when they are new, and those of people expire within a year', async () => {
    expect((await listed(fresh)).filter(({ status }) => status !== 'valid')).toEqual([]);
    const doctor = (await listed(fresh)).find(({ who }) => who === 'hospital-a/doctor/signing');
    expect(doctor?.daysLeft).toBe(364);
    const soon = await listed(fresh, inDays(340));
    expect(soon.find(({ who }) => who === 'hospital-a/doctor/signing')).toMatchObject({
      status: 'expiring',
      daysLeft: 24,
    });
    expect(soon.find(({ who }) => who === 'hospital-a/peer0.hospital-a/signing')?.status).toBe('valid');
    const late = await listed(fresh, inDays(366));
    expect(late.find(({ who }) => who === 'hospital-a/doctor/custody')?.status).toBe('expired');
  });

  it('that are revoked, missing or spoilt are named as such', async () => {
    const paths = organisationPaths(home, findOrganisation(topology, 'hospital-a'));
    await revokeIdentity({ home, topology }, { organisation: 'hospital-a', name: 'clerk', reason: 0 });
    rmSync(join(paths.gateway.tls, 'server.crt'));
    writeFileSync(paths.peer('peer0').certificate, 'nothing');
    const found = await listCertificates(home, topology);
    const clerk = found.find(({ name, use }) => name === 'clerk' && use === 'signing');
    expect(clerk?.status).toBe('revoked');
    // Who was shut out needs nothing more.
    const bad = found.filter(needsAttention);
    expect(bad.map(({ name, use, status }) => [name, use, status])).toEqual([
      ['peer0.hospital-a', 'signing', 'unreadable'],
      ['gateway-hospital-a', 'tls', 'unreadable'],
    ]);
  });
});

describe('medaccord certs', () => {
  async function certs(where: string, ...args: string[]): Promise<{ text: string; code: unknown }> {
    let text = '';
    const out = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      text += String(chunk);
      return true;
    });
    process.exitCode = undefined;
    try {
      const unused = () => expect.fail('not part of this test');
      const parts = {
        ensureMaterial: unused,
        planNetwork: unused,
        planConsortium: unused,
        deploy: unused,
        bootstrap: unused,
      };
      await createProgram(parts).parseAsync(['node', 'medaccord', '--home', where, 'certs', ...args]);
      return { text, code: process.exitCode };
    } finally {
      out.mockRestore();
      process.exitCode = undefined;
    }
  }

  it('ends with 0 and says so where all are good', async () => {
    const { text, code } = await certs(fresh);
    expect(code).toBeUndefined();
    expect(text).toMatch(/hospital-a +doctor +custody +36\d +\d{4}-\d\d-\d\d +valid/);
    expect(text).toMatch(/\d+ certificates are good\./);
  });

  it('ends with 8 where one has fewer days left, and says how to renew it', async () => {
    const short = join(folder, 'short');
    cpSync(fresh, short, { recursive: true });
    await renewIdentity(
      { home: short, topology },
      { organisation: 'hospital-a', name: 'doctor', days: 20, revokeOld: false },
    );
    const { text, code } = await certs(short, '--attention', '--json');
    expect(code).toBe(8);
    expect(JSON.parse(text)).toMatchObject({
      warnDays: 30,
      attention: 2,
      certificates: [
        { name: 'doctor', use: 'signing', status: 'expiring', daysLeft: 19 },
        { name: 'doctor', use: 'custody', status: 'expiring' },
      ],
    });
    expect((await certs(short)).text).toContain('identity renew --org hospital-a --name doctor');
    expect((await certs(short, '--warn', '10')).code).toBeUndefined();
    await expect(certs(short, '--org', 'nobody')).rejects.toMatchObject({ code: 'ORGANISATION_UNKNOWN' });
  });
});
