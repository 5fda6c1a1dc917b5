import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigError, loadConfig } from './config.js';
import { UnreachablePeerError } from './fabric/index.js';
import { connectLedger } from './ledger-connection.js';
import { main } from './main.js';
import { testOrganisation, type TestOrganisation } from './testing/identities.js';
import { testAuthority, type TestAuthority } from './testing/test-authority.js';

describe('a gateway with bad settings', () => {
  let folder: string;
  let people: TestOrganisation;
  let tls: TestAuthority;
  let env: Record<string, string | undefined>;
  let settings: Record<string, unknown>;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'gateway-config-'));
    people = await testOrganisation();
    tls = await testAuthority('tls');
    const server = await tls.issue('localhost', ['server', 'client']);
    const signer = await people.issue({ role: 'gateway' });
    await mkdir(path.join(folder, 'wallet'));
    const files = {
      'ca.pem': people.issuer.toString(),
      'tls-ca.pem': tls.certificate,
      'server.pem': server.certificate,
      'server.key': server.key,
      'signer.pem': signer.certificate,
      'signer.key': signer.keyPem,
    };
    for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content);
    const own = { name: 'hospital-a', kind: 'hospital', mspId: 'HospitalAMSP', domain: 'hospital-a.example' };
    settings = {
      version: 1,
      environment: 'development',
      channel: 'care',
      chaincode: 'medaccord',
      organisation: own,
      rest: { host: 'localhost', port: 0, certFile: 'server.pem', keyFile: 'server.key' },
      exchange: { port: 0, certFile: 'server.pem', keyFile: 'server.key' },
      peer: { endpoint: 'localhost:1', tlsCaFile: 'tls-ca.pem' },
      signer: { certFile: 'signer.pem', keyFile: 'signer.key' },
      ca: { url: 'https://localhost:7054', tlsCaFile: 'tls-ca.pem', name: 'ca-hospital-a' },
      organisations: [
        { ...own, caCertFile: 'ca.pem', tlsCaFile: 'tls-ca.pem', exchangeUrl: 'https://localhost:7444' },
      ],
      walletDir: 'wallet',
      vaultDir: 'vault',
    };
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    env = {
      MEDACCORD_GATEWAY_CONFIG: path.join(folder, 'config.json'),
      MEDACCORD_WALLET_KEY: randomBytes(32).toString('base64url'),
      MEDACCORD_VAULT_KEY: randomBytes(32).toString('base64url'),
      MEDACCORD_TOKEN_KEY: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
      DATABASE_URL: 'postgres://localhost:1/none',
    };
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    await rm(folder, { recursive: true });
  });

  async function load(change: object = {}, environment: Record<string, string | undefined> = {}) {
    await writeFile(path.join(folder, 'config.json'), JSON.stringify({ ...settings, ...change }));
    return loadConfig({ ...env, ...environment });
  }
  const failure = async (...change: Parameters<typeof load>): Promise<ConfigError> => {
    const error = await load(...change).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    return error as ConfigError;
  };

  it('takes good ones, with paths from the file’s folder', async () => {
    const config = await load();
    expect(config.walletDir).toBe(path.join(folder, 'wallet'));
    expect(config.limits).toMatchObject({ concurrent: 200 });
    expect(config.logLevel).toBe('info');
  });

  it.each([
    'MEDACCORD_GATEWAY_CONFIG',
    'MEDACCORD_WALLET_KEY',
    'MEDACCORD_VAULT_KEY',
    'MEDACCORD_TOKEN_KEY',
    'DATABASE_URL',
  ])('names %s where it is missing or empty', async (name) => {
    for (const value of [undefined, '']) expect((await failure({}, { [name]: value })).setting).toBe(name);
  });

  it.each([
    ['MEDACCORD_WALLET_KEY', 'c2hvcnQ'],
    ['MEDACCORD_VAULT_KEY', 'x'],
    ['MEDACCORD_TOKEN_KEY', 'SECRET'],
    ['DATABASE_URL', 'mysql://SECRET'],
    ['LOG_LEVEL', 'loud'],
    ['MEDACCORD_GATEWAY_CONFIG', '/nowhere/config.json'],
  ])('names %s where it is wrong, without its value', async (name, value) => {
    const error = await failure({}, { [name]: value });
    expect(error.setting).toBe(name);
    expect(error.message).not.toContain('SECRET');
  });

  it.each<[string, () => object, RegExp]>([
    ['an unknown member', () => ({ extra: 1 }), /extra/],
    [
      'a peer without a port',
      () => ({ peer: { endpoint: 'localhost', tlsCaFile: 'tls-ca.pem' } }),
      /peer\.endpoint/,
    ],
    [
      'an unencrypted CA',
      () => ({ ca: { url: 'http://ca', tlsCaFile: 'tls-ca.pem', name: 'ca' } }),
      /ca\.url/,
    ],
    [
      'another kind of itself',
      () => ({ organisation: { ...(settings['organisation'] as object), kind: 'lab' } }),
      /organisations/,
    ],
    ['no wallet folder', () => ({ walletDir: 'nowhere' }), /walletDir.*nowhere/],
    [
      'no signer certificate',
      () => ({ signer: { certFile: 'nowhere', keyFile: 'signer.key' } }),
      /signer\.certFile.*nowhere/,
    ],
    [
      'a signer key that is no key',
      () => ({ signer: { certFile: 'signer.pem', keyFile: 'ca.pem' } }),
      /signer\.keyFile/,
    ],
    [
      'the key of another',
      () => ({ signer: { certFile: 'signer.pem', keyFile: 'server.key' } }),
      /signer\.keyFile.*not the key of/,
    ],
    [
      'a REST certificate that is none',
      () => ({ rest: { host: 'localhost', port: 0, certFile: 'server.key', keyFile: 'server.key' } }),
      /rest\.certFile/,
    ],
  ])('names the setting of %s', async (_, change, expected) => {
    const { message } = await failure(change());
    expect(message).toMatch(expected);
    expect(message).not.toContain('PRIVATE KEY');
  });

  it('refuses an identity of another organisation, or one that is not the gateway’s', async () => {
    const identities = [
      await (await testOrganisation()).issue({ role: 'gateway' }),
      await people.issue({ role: 'clerk' }),
    ];
    for (const identity of identities) {
      await writeFile(path.join(folder, 'signer.pem'), identity.certificate);
      await writeFile(path.join(folder, 'signer.key'), identity.keyPem);
      await expect(load().then((config) => connectLedger(config))).rejects.toMatchObject({
        setting: 'signer.certFile',
      });
    }
  });

  it('tells a peer that is away from one with a wrong certificate', async () => {
    const config = await load();
    await expect(connectLedger(config, { startMs: 300 })).rejects.toThrow(UnreachablePeerError);
    await expect(connectLedger(config, { startMs: 300 })).rejects.toThrow('localhost:1');
    const stranger = await (await testAuthority('other')).issue('localhost', ['server']);
    const server = createServer({ cert: stranger.certificate, key: stranger.key }).listen(0, 'localhost');
    await new Promise((resolve) => server.once('listening', resolve));
    const endpoint = `localhost:${(server.address() as AddressInfo).port}`;
    const changed = await load({ peer: { endpoint, tlsCaFile: 'tls-ca.pem' } });
    await expect(connectLedger(changed, { startMs: 2_000 })).rejects.toMatchObject({
      setting: 'peer.tlsCaFile',
      message: expect.stringContaining(endpoint) as unknown,
    });
    server.close();
  });

  describe('with secrets.json beside it', () => {
    let secrets: Record<string, string | undefined>;
    const file = () => path.join(folder, 'secrets.json');
    const nothing = {
      MEDACCORD_WALLET_KEY: '',
      MEDACCORD_VAULT_KEY: undefined,
      MEDACCORD_TOKEN_KEY: undefined,
      DATABASE_URL: undefined,
    };
    beforeEach(async () => {
      secrets = {
        walletKey: env['MEDACCORD_WALLET_KEY'],
        vaultKey: env['MEDACCORD_VAULT_KEY'],
        tokenKey: env['MEDACCORD_TOKEN_KEY'],
        databaseUrl: 'postgres://localhost:2/kept',
      };
      await writeFile(file(), JSON.stringify(secrets), { mode: 0o600 });
    });

    it('takes from there what the environment does not say, and nothing else', async () => {
      const config = await load({}, nothing);
      expect(config.databaseUrl).toBe('postgres://localhost:2/kept');
      expect(Buffer.from(config.secrets.walletKey).toString('base64url')).toBe(secrets['walletKey']);
      expect((await load()).databaseUrl).toBe(env['DATABASE_URL']);
      expect(() => loadConfig({}, path.join(folder, 'nowhere.json'))).toThrow(/^--config: .*nowhere\.json/);
      expect(loadConfig({}, path.join(folder, 'config.json')).databaseUrl).toBe(config.databaseUrl);
    });

    it('names what neither says', async () => {
      await writeFile(file(), JSON.stringify({ ...secrets, databaseUrl: undefined }));
      expect((await failure({}, nothing)).message).toBe('DATABASE_URL: is not set');
    });

    it.each([0o644, 0o640, 0o602])('refuses one that others may read or write (%o)', async (mode) => {
      await chmod(file(), mode);
      expect((await failure({}, nothing)).message).toBe(
        `${file()}: may be read by its owner alone: chmod 600`,
      );
      expect((await load()).logLevel).toBe('info');
    });

    it.each(['{"walletKey":"SECRET"', '{"walletKey":["SECRET"]}'])(
      'refuses %s without its text',
      async (text) => {
        await writeFile(file(), text);
        const { message } = await failure({}, nothing);
        expect(message).toContain(file());
        expect(message).not.toContain('SECRET');
      },
    );
  });

  it('says it in one line and ends with 78', async () => {
    const lines: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((line) => {
      lines.push(String(line));
      return true;
    });
    for (const name of Object.keys(env)) vi.stubEnv(name, '');
    expect(await main(['node', 'medaccord-gateway', 'serve'])).toBe(78);
    expect(lines).toEqual(['medaccord-gateway: MEDACCORD_GATEWAY_CONFIG: is not set\n']);
  });
});
