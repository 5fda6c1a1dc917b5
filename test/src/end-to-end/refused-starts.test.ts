import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandResult, type Consortium, medaccord, sharedConsortium } from '../consortium/index.js';
import { runProgram } from '../consortium/command.js';
import { newId } from '../features/given/ids.js';
import { gatewaySettings, medaccordGateway } from '../features/given/gateway-program.js';

const CONFIG = 78;
const UNAVAILABLE = 69;
const NOT_THERE = 2;

describe('the engine fabric', () => {
  it("is refused where Fabric's programs are not there, says which and what to do, and leaves nothing", async () => {
    const home = join(tmpdir(), `medaccord-fabric-${String(process.pid)}`);
    const options = ['--engine', 'fabric', '--home', home];
    const { code, stderr } = await runProgram('network/bin/medaccord.mjs', ['up', ...options], {
      env: { ...process.env, FABRIC_BIN: '/nowhere' },
    });
    expect(code).toBe(NOT_THERE);
    expect(stderr).toContain("Fabric's programs (peer, orderer, osnadmin) are not in FABRIC_BIN (/nowhere)");
    expect(stderr).toContain('FABRIC_BIN=/path/to/fabric/bin');
    expect(existsSync(home)).toBe(false);
  });
});

describe('a consortium in production', () => {
  it('is refused by the embedded ledger, which says why, and starts nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'medaccord-production-'));
    const topology = await readFile('config/topology.yaml', 'utf8');
    const file = join(folder, 'topology.yaml');
    await writeFile(file, topology.replace('environment: development', 'environment: production'));
    const home = join(folder, 'home');
    const { code, stderr } = await medaccord('up', '--detach', '--topology', file, '--home', home);
    expect(code).toBe(1);
    expect(stderr).toContain('does not run where the environment is production');
    expect(existsSync(join(home, 'organizations'))).toBe(false);
    expect(await medaccord('status', '--home', home)).toMatchObject({ code: 3 });
    await rm(folder, { recursive: true });
  });
});

/** Beside a running consortium: whatever is wrong with a gateway's settings is named, in one line. */
describe.concurrent('a gateway that is started', () => {
  let consortium: Consortium;
  let folder: string;
  /** It waits 15 seconds for a peer that may be starting: begun first, so that the other tests go on meanwhile. */
  let withoutPeer: Promise<CommandResult>;
  beforeAll(async () => {
    consortium = await sharedConsortium();
    folder = await mkdtemp(join(tmpdir(), 'medaccord-gateway-'));
    withoutPeer = started((config) => {
      config.peer.endpoint = 'localhost:9';
    });
  });
  afterAll(() => rm(folder, { recursive: true }));

  const settings = () => gatewaySettings(consortium, 'hospital-a');
  /** The configuration of hospital A's gateway, changed; its files are found from anywhere. */
  async function configured(change: (config: Config) => unknown): Promise<string> {
    const file = settings()['MEDACCORD_GATEWAY_CONFIG'] ?? '';
    const config = absolute(JSON.parse(await readFile(file, 'utf8')), dirname(file)) as Config;
    change(config);
    const changed = join(folder, `${newId()}.json`);
    await writeFile(changed, JSON.stringify(config));
    return changed;
  }
  const started = async (change: (config: Config) => unknown) =>
    medaccordGateway('serve', { ...settings(), MEDACCORD_GATEWAY_CONFIG: await configured(change) });
  const other = async () =>
    JSON.parse(
      await readFile(gatewaySettings(consortium, 'hospital-b')['MEDACCORD_GATEWAY_CONFIG'] ?? '', 'utf8'),
    ) as Config;
  const oneLine = (text: string) => text.trimEnd().split('\n');

  it.each([
    'MEDACCORD_GATEWAY_CONFIG',
    'MEDACCORD_WALLET_KEY',
    'MEDACCORD_VAULT_KEY',
    'MEDACCORD_TOKEN_KEY',
    'DATABASE_URL',
  ])('without %s ends with 78 and names it', async (name) => {
    // Away from its secrets.json, which would say it too.
    const alone = { ...settings(), MEDACCORD_GATEWAY_CONFIG: await configured(() => undefined) };
    const { code, stderr } = await medaccordGateway('serve', { ...alone, [name]: undefined });
    expect(code).toBe(CONFIG);
    expect(oneLine(stderr)).toEqual([`medaccord-gateway: ${name}: is not set`]);
  });

  it('with a key that is not its certificate’s names the setting', async () => {
    const { code, stderr } = await started((config) => {
      config.signer.keyFile = config.rest.keyFile;
    });
    expect(code).toBe(CONFIG);
    expect(oneLine(stderr)).toHaveLength(1);
    expect(stderr).toContain('signer.keyFile');
  });

  it('with the identity of another organisation says so', async () => {
    const { signer } = await other();
    const theirs = dirname(gatewaySettings(consortium, 'hospital-b')['MEDACCORD_GATEWAY_CONFIG'] ?? '');
    const { code, stderr } = await started((config) => {
      config.signer = absolute(signer, theirs) as Config['signer'];
    });
    expect(code).toBe(CONFIG);
    expect(oneLine(stderr)).toHaveLength(1);
    expect(stderr).toContain('signer');
  });

  it('whose peer shows a certificate of somebody else names the peer', async () => {
    const { peer } = await other();
    const { code, stderr } = await started((config) => {
      config.peer.endpoint = peer.endpoint;
    });
    expect(code).not.toBe(0);
    expect(oneLine(stderr)).toHaveLength(1);
    expect(stderr).toContain(peer.endpoint);
  });

  it('whose database is not there says so', async () => {
    const { code, stderr } = await medaccordGateway('serve', {
      ...settings(),
      DATABASE_URL: 'postgres://somebody:canary-password@127.0.0.1:9/nothing',
    });
    expect(code).toBe(UNAVAILABLE);
    expect(stderr).toContain('127.0.0.1:9');
    expect(stderr).not.toContain('canary-password');
  });

  it('whose port is taken names the port', async () => {
    const squatter = createServer().listen(0, 'localhost');
    await once(squatter, 'listening');
    const { port } = squatter.address() as { port: number };
    const { code, stderr } = await started((config) => {
      config.exchange.port = 0;
      config.rest.port = port;
    });
    squatter.close();
    expect(code).toBe(UNAVAILABLE);
    expect(stderr).toContain(String(port));
  });

  it('whose peer is not there names the peer', async () => {
    const { code, stderr } = await withoutPeer;
    expect(code).toBe(UNAVAILABLE);
    expect(oneLine(stderr)).toHaveLength(1);
    expect(stderr).toContain('localhost:9');
  });
});

interface Config {
  signer: { certFile: string; keyFile: string };
  rest: { port: number; keyFile: string };
  exchange: { port: number };
  peer: { endpoint: string };
}

function absolute(value: unknown, folder: string): unknown {
  if (Array.isArray(value)) return value.map((each) => absolute(each, folder));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]: [string, unknown]) => [
      name,
      typeof member === 'string' && /(File|Dir)$/.test(name)
        ? resolve(folder, member)
        : absolute(member, folder),
    ]),
  );
}
