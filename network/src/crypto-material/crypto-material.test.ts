import { spawnSync } from 'node:child_process';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compactDecrypt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ordererPaths, organisationPaths } from '../home/index.js';
import { loadTopology, type Topology } from '../topology/index.js';
import { ensureCryptoMaterial, readGatewaySecrets, readIdentityFile } from './index.js';

const load = (name: string) =>
  loadTopology(fileURLToPath(new URL(`../../../config/${name}`, import.meta.url)));
const openssl = spawnSync('openssl', ['version']).status === 0;

let home: string;
let topology: Topology;
const notes: string[] = [];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'medaccord-material-'));
  topology = load('examples/two-organisations.yaml');
  await ensureCryptoMaterial(topology, home, (text) => notes.push(text));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const certificate = (path: string) => new X509Certificate(readFileSync(path));
const hospital = () => {
  const organisation = topology.organisations[0];
  if (organisation === undefined) throw new Error('no organisation');
  return organisation;
};

/** Every file with its bytes. */
function snapshot(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !path.includes('registry.mdb'))
      .map((path) => [relative(folder, path), readFileSync(path, 'base64')]),
  );
}

describe('crypto material', () => {
  it("lies in Fabric's folders", () => {
    const files = [...snapshot(join(home, 'organizations')).keys()].sort();
    const own = files.filter((path) => path.startsWith('peerOrganizations/hospital-a.example/'));
    const within = own.map((path) => path.slice('peerOrganizations/hospital-a.example/'.length));
    expect(within.filter((path) => !path.startsWith('users/'))).toEqual([
      'ca/ca.hospital-a.example-cert.pem',
      'ca/priv_sk',
      'connection-hospital-a.json',
      'msp/cacerts/ca.hospital-a.example-cert.pem',
      'msp/config.yaml',
      'msp/tlscacerts/tlsca.hospital-a.example-cert.pem',
      'peers/peer0.hospital-a.example/msp/cacerts/ca.hospital-a.example-cert.pem',
      'peers/peer0.hospital-a.example/msp/config.yaml',
      'peers/peer0.hospital-a.example/msp/keystore/priv_sk',
      'peers/peer0.hospital-a.example/msp/signcerts/cert.pem',
      'peers/peer0.hospital-a.example/msp/tlscacerts/tlsca.hospital-a.example-cert.pem',
      'peers/peer0.hospital-a.example/tls/ca.crt',
      'peers/peer0.hospital-a.example/tls/server.crt',
      'peers/peer0.hospital-a.example/tls/server.key',
      'tlsca/priv_sk',
      'tlsca/tlsca.hospital-a.example-cert.pem',
    ]);
    expect(within.filter((path) => path.startsWith('users/doctor@'))).toEqual([
      'users/doctor@hospital-a.example/identity.json',
      'users/doctor@hospital-a.example/msp/cacerts/ca.hospital-a.example-cert.pem',
      'users/doctor@hospital-a.example/msp/config.yaml',
      'users/doctor@hospital-a.example/msp/keystore/priv_sk',
      'users/doctor@hospital-a.example/msp/signcerts/cert.pem',
      'users/doctor@hospital-a.example/msp/tlscacerts/tlsca.hospital-a.example-cert.pem',
      'users/doctor@hospital-a.example/tls/ca.crt',
      'users/doctor@hospital-a.example/tls/client.crt',
      'users/doctor@hospital-a.example/tls/client.key',
    ]);
    const orderer = files.filter((path) =>
      path.startsWith('ordererOrganizations/orderer.medaccord.example/orderers'),
    );
    expect(orderer).toHaveLength(8);
    expect(notes).toEqual([
      'certificates of the orderers',
      'certificates of hospital-a',
      'certificates of insurer-a',
    ]);
  });

  it('chains: every certificate is issued by its own authority, with node OU and matching key', () => {
    const paths = organisationPaths(home, hospital());
    const ca = certificate(paths.ca.certificate);
    const tlsCa = certificate(paths.tlsCa.certificate);
    const cases = [
      [paths.peer('peer0'), 'peer', 'server'],
      [paths.user('Admin'), 'admin', 'client'],
      [paths.user('gateway'), 'client', 'client'],
      [paths.user('doctor'), 'client', 'client'],
    ] as const;
    for (const [node, unit, kind] of cases) {
      const signing = certificate(node.certificate);
      expect(signing.checkIssued(ca) && signing.verify(ca.publicKey)).toBe(true);
      expect(signing.subject).toContain(`OU=${unit}`);
      expect(signing.checkPrivateKey(createPrivateKey(readFileSync(node.privateKey)))).toBe(true);
      const tls = certificate(join(node.tls, `${kind}.crt`));
      expect(tls.checkIssued(tlsCa) && tls.verify(tlsCa.publicKey)).toBe(true);
      expect(tls.keyUsage?.includes('1.3.6.1.5.5.7.3.1')).toBe(kind === 'server');
      expect(tls.checkHost('localhost')).toBe(kind === 'server' ? 'localhost' : undefined);
    }
    const orderer = ordererPaths(home, topology.orderers);
    expect(
      certificate(orderer.orderer('orderer0').certificate).checkIssued(certificate(orderer.ca.certificate)),
    ).toBe(true);
    expect(certificate(orderer.admin.certificate).subject).toContain('OU=admin');
  });

  it.runIf(openssl)('openssl verifies the chains too', () => {
    const paths = organisationPaths(home, hospital());
    const verify = (...args: string[]) => spawnSync('openssl', ['verify', '-x509_strict', ...args]).status;
    expect(verify('-CAfile', paths.ca.certificate, paths.user('doctor').certificate)).toBe(0);
    const tls = join(paths.peer('peer0').tls, 'server.crt');
    expect(verify('-CAfile', paths.tlsCa.certificate, '-purpose', 'sslserver', tls)).toBe(0);
    expect(verify('-CAfile', paths.ca.certificate, tls)).not.toBe(0);
  });

  it('private keys are readable by their owner alone', () => {
    const files = readdirSync(home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /(priv_sk|\.key|\.jwe|secrets\.json)$/.test(entry.name))
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mode & 0o777);
    expect(files.length).toBeGreaterThan(30);
    expect(new Set(files)).toEqual(new Set([0o600]));
  });

  it('demo users have a role and a subject, and a second enrolment in custody', async () => {
    const paths = organisationPaths(home, hospital());
    const names = readdirSync(paths.usersFolder).map((name) => name.split('@')[0]);
    expect(names.sort()).toEqual(['Admin', 'auditor', 'billing', 'clerk', 'doctor', 'gateway']);
    const doctor = readIdentityFile(paths.user('doctor').identity);
    expect(doctor).toMatchObject({
      name: 'doctor',
      organisation: 'hospital-a',
      mspId: 'HospitalAMSP',
      role: 'doctor',
    });
    expect(doctor?.subject).toMatch(/^[0-9a-f]{32}$/);
    const { walletKey } = readGatewaySecrets(home, hospital());
    const entry = readFileSync(join(paths.gateway.wallet, `${doctor?.subject}.jwe`), 'utf8').trim();
    const { plaintext, protectedHeader } = await compactDecrypt(entry, Buffer.from(walletKey, 'base64url'));
    expect(protectedHeader).toEqual({
      alg: 'dir',
      enc: 'A256GCM',
      subject: doctor?.subject,
      mspId: 'HospitalAMSP',
      role: 'doctor',
    });
    const kept = JSON.parse(Buffer.from(plaintext).toString()) as { certificate: string; privateKey: string };
    const custody = new X509Certificate(kept.certificate);
    expect(custody.checkPrivateKey(createPrivateKey(kept.privateKey))).toBe(true);
    const login = certificate(paths.user('doctor').certificate);
    expect(custody.subject).toBe(login.subject);
    expect(custody.serialNumber).not.toBe(login.serialNumber);
    expect(readdirSync(paths.gateway.wallet)).toHaveLength(5);
  });

  it('writes the configuration of each gateway, and every file it names is there', () => {
    const config = JSON.parse(
      readFileSync(organisationPaths(home, hospital()).gateway.config, 'utf8'),
    ) as Record<string, Record<string, unknown>>;
    expect(config).toMatchObject({
      version: 1,
      channel: 'care',
      chaincode: 'medaccord',
      rest: { host: 'localhost', port: 7443 },
      exchange: { port: 7444 },
      peer: { endpoint: 'localhost:7051' },
      ca: { url: 'https://localhost:7054', name: 'ca-hospital-a' },
    });
    // A revocation list is there once something was revoked.
    const pattern = /"(?!tlsCrlFile)(?:\w+File|walletDir|vaultDir)":"([^"]+)"/g;
    const files = [...JSON.stringify(config).matchAll(pattern)];
    expect(files).toHaveLength(8 + 2 * 2 + 2);
    expect(files.filter(([, path]) => !existsSync(path ?? ''))).toEqual([]);
  });

  it('run again, changes nothing', async () => {
    const before = snapshot(home);
    await ensureCryptoMaterial(topology, home);
    expect(snapshot(home)).toEqual(before);
  });

  it('makes what is missing and keeps the rest, with the same subject', async () => {
    const before = snapshot(home);
    const paths = organisationPaths(home, hospital());
    const subject = readIdentityFile(paths.user('clerk').identity)?.subject;
    rmSync(paths.user('clerk').folder, { recursive: true });
    rmSync(paths.peer('peer0').folder, { recursive: true });
    // A run that was killed between two files of a folder.
    cpSync(paths.user('doctor').folder, join(paths.usersFolder, '.clerk@hospital-a.example.tmp-0123'), {
      recursive: true,
    });
    await ensureCryptoMaterial(topology, home);
    expect(readIdentityFile(paths.user('clerk').identity)?.subject).toBe(subject);
    const after = snapshot(home);
    expect([...after.keys()]).toEqual([...before.keys()]);
    const changed = [...after].filter(([path, bytes]) => before.get(path) !== bytes).map(([path]) => path);
    expect(changed.every((path) => /clerk@|peers\//.test(path))).toBe(true);
  });

  it('follows a topology that grew and moved its ports', async () => {
    const authorities = readFileSync(organisationPaths(home, hospital()).ca.certificate, 'utf8');
    const four = loadTopology(fileURLToPath(new URL('../../../config/topology.yaml', import.meta.url)), {
      portOffset: 10_000,
    });
    await ensureCryptoMaterial(four, home);
    expect(readFileSync(organisationPaths(home, hospital()).ca.certificate, 'utf8')).toBe(authorities);
    const config = JSON.parse(readFileSync(organisationPaths(home, hospital()).gateway.config, 'utf8')) as {
      rest: { port: number };
      organisations: { name: string }[];
    };
    expect(config.rest.port).toBe(17_443);
    expect(config.organisations.map(({ name }) => name)).toEqual([
      'hospital-a',
      'hospital-b',
      'insurer-a',
      'lab-a',
    ]);
  });
});

describe('material of eight organisations', () => {
  it('has every organisation and every kind of staff', async () => {
    const eight = load('examples/eight-organisations.yaml');
    const folder = mkdtempSync(join(tmpdir(), 'medaccord-eight-'));
    try {
      await ensureCryptoMaterial(eight, folder);
      const users = eight.organisations.map((organisation) =>
        readdirSync(organisationPaths(folder, organisation).usersFolder)
          .map((name) => name.split('@')[0])
          .filter((name) => !['Admin', 'auditor', 'gateway'].includes(name ?? ''))
          .sort(),
      );
      expect(users).toEqual([
        ['billing', 'clerk', 'doctor'],
        ['billing', 'clerk', 'doctor'],
        ['adjuster', 'clerk'],
        ['adjuster', 'clerk'],
        ['billing', 'clerk', 'technician'],
        ['billing', 'clerk', 'pharmacist'],
        ['clerk'],
        ['clerk'],
      ]);
      expect(
        readdirSync(join(folder, 'organizations/ordererOrganizations/orderer.medaccord.example/orderers')),
      ).toHaveLength(4);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
