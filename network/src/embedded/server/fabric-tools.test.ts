import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePackage } from '../chaincode/index.js';
import { CHAINCODE, CHANNEL, TestNetwork, type Org } from '../testing/test-network.js';

/** Fabric's own programs, where this machine has them: in the folder FABRIC_BIN, or on the PATH. */
function program(name: string): string | undefined {
  const folders = [process.env['FABRIC_BIN'], ...(process.env['PATH'] ?? '').split(delimiter)];
  return folders
    .flatMap((folder) => (folder === undefined || folder === '' ? [] : [join(folder, name)]))
    .find((path) => existsSync(path));
}

const programs = {
  peer: program('peer'),
  discover: program('discover'),
  configtxlator: program('configtxlator'),
};
const missing = Object.entries(programs).flatMap(([name, path]) => (path === undefined ? [name] : []));
if (missing.length > 0) {
  process.stderr.write(
    `Skipped what takes Fabric's ${missing.join(', ')}: not in FABRIC_BIN, nor on the PATH.\n`,
  );
}

let network: TestNetwork;
let folder: string;

beforeAll(async () => {
  if (Object.values(programs).every((path) => path === undefined)) return;
  folder = mkdtempSync(join(tmpdir(), 'fabric-tools-'));
  // What the peer command reads of its configuration where it is a client.
  writeFileSync(
    join(folder, 'core.yaml'),
    'peer: { BCCSP: { Default: SW, SW: { Hash: SHA2, Security: 256 } } }\n',
  );
  network = await TestNetwork.start();
  writeFileSync(join(folder, 'tls.pem'), network.tlsRoot);
});
afterAll(async () => {
  if (folder === undefined) return;
  await network.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  name: keyof typeof programs,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Said> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env['PATH'], ...env }, timeout: 60_000 };
    execFile(programs[name] ?? '', args, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}

/** A whole MSP folder of somebody new, as the tools want it. */
async function mspOf(org: Org, ou: string): Promise<string> {
  const organisation = network.organisations[org];
  const { dir } = await organisation.issue(`${ou}-of-tools`, { ou: [ou] });
  cpSync(join(organisation.dir, 'cacerts'), join(dir, 'cacerts'), { recursive: true });
  cpSync(join(organisation.dir, 'config.yaml'), join(dir, 'config.yaml'));
  return dir;
}

/** Fabric's peer command as a user of one organisation at its peer. */
async function peer(org: Org, ou: string, ...args: string[]): Promise<Said> {
  return run('peer', args, {
    FABRIC_CFG_PATH: folder,
    FABRIC_LOGGING_SPEC: 'fatal',
    CORE_PEER_TLS_ENABLED: 'true',
    CORE_PEER_TLS_ROOTCERT_FILE: join(folder, 'tls.pem'),
    CORE_PEER_LOCALMSPID: org,
    CORE_PEER_MSPCONFIGPATH: await mspOf(org, ou),
    CORE_PEER_ADDRESS: network.endpoint(org),
  });
}

const orderer = () => ['-o', network.ordererEndpoint, '--tls', '--cafile', 'tls.pem'];
const at = (...orgs: Org[]) =>
  orgs.flatMap((org) => ['--peerAddresses', network.endpoint(org), '--tlsRootCertFiles', 'tls.pem']);
const call = (...args: string[]) => ['-C', CHANNEL, '-n', CHAINCODE, '-c', JSON.stringify({ Args: args })];

describe.skipIf(programs.peer === undefined)('Fabric’s peer command', () => {
  it('lists channels, tells their height and fetches blocks from peers and orderers', async () => {
    expect((await peer('LabA', 'client', 'channel', 'list')).stdout).toContain(CHANNEL);
    const info = await peer('LabA', 'client', 'channel', 'getinfo', '-c', CHANNEL);
    expect(info.stdout).toContain(`"height":${String(network.ledger().height)}`);
    const fetched = await peer('LabA', 'client', 'channel', 'fetch', '0', 'from-peer.pb', '-c', CHANNEL);
    expect(fetched.code).toBe(0);
    const ordered = await peer(
      'LabA',
      'client',
      'channel',
      'fetch',
      'newest',
      'newest.pb',
      '-c',
      CHANNEL,
      ...orderer(),
    );
    expect(ordered.code).toBe(0);
    const config = await peer(
      'LabA',
      'client',
      'channel',
      'fetch',
      'config',
      'config.pb',
      '-c',
      CHANNEL,
      ...orderer(),
    );
    expect(config.code).toBe(0);
    expect(readFileSync(join(folder, 'config.pb')).length).toBeGreaterThan(1_000);
  });

  it('invokes and waits for the commit, queries, and tells what the chaincode refuses', async () => {
    const invoked = await peer(
      'HospitalA',
      'client',
      'chaincode',
      'invoke',
      ...call('put', 'from the tool', 'hello'),
      '--waitForEvent',
      ...orderer(),
      ...at('HospitalA', 'HospitalB'),
    );
    expect(invoked.code).toBe(0);
    const queried = await peer('LabA', 'client', 'chaincode', 'query', ...call('get', 'from the tool'));
    expect(queried.stdout.trim()).toBe('hello');
    const refused = await peer('LabA', 'client', 'chaincode', 'query', ...call('fail'));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('MEDACCORD:REFUSED:as asked');
  });

  it('installs a package, approves a definition and asks who is ready, as an admin alone', async () => {
    writeFileSync(join(folder, 'tool.tgz'), makePackage('tool_1', { address: 'localhost:1' }));
    const install = ['lifecycle', 'chaincode', 'install', 'tool.tgz'];
    expect((await peer('HospitalA', 'client', ...install)).stderr).toContain('failed ACL check');
    expect((await peer('HospitalA', 'admin', ...install)).code).toBe(0);
    const installed = await peer('HospitalA', 'admin', 'lifecycle', 'chaincode', 'queryinstalled');
    const id = /Package ID: (tool_1:[0-9a-f]{64}), Label: tool_1/.exec(installed.stdout)?.[1] ?? '';
    expect(id).not.toBe('');
    const definition = ['-C', CHANNEL, '-n', 'tool', '-v', '1.0', '--sequence', '1'];
    const approved = await peer(
      'HospitalA',
      'admin',
      'lifecycle',
      'chaincode',
      'approveformyorg',
      ...definition,
      '--package-id',
      id,
      ...orderer(),
    );
    expect(approved.code).toBe(0);
    const ready = await peer(
      'HospitalA',
      'admin',
      'lifecycle',
      'chaincode',
      'checkcommitreadiness',
      ...definition,
    );
    expect(ready.stdout).toContain('HospitalA: true');
    expect(ready.stdout).toContain('LabA: false');
    const committed = await peer('LabA', 'admin', 'lifecycle', 'chaincode', 'querycommitted', '-C', CHANNEL);
    expect(committed.stdout).toContain(`Name: ${CHAINCODE}, Version: 1.0, Sequence: 1`);
  });
});

describe.skipIf(programs.discover === undefined)('Fabric’s discover command', () => {
  const discover = async (org: Org, ou: string, ...args: string[]): Promise<Said> => {
    const dir = await mspOf(org, ou);
    const identity = [
      '--userKey',
      join(dir, 'keystore', 'priv_sk'),
      '--userCert',
      join(dir, 'signcerts', 'cert.pem'),
    ];
    const server = ['--server', network.endpoint(org)];
    return run('discover', ['--peerTLSCA', 'tls.pem', ...identity, '--MSP', org, ...args, ...server]);
  };

  it('finds peers, endorsers and the configuration', async () => {
    const peers = await discover('LabA', 'client', 'peers', '--channel', CHANNEL);
    const found = JSON.parse(peers.stdout) as { Endpoint: string; Chaincodes: string[] }[];
    expect(found.map(({ Endpoint }) => Endpoint)).toContain(network.endpoint('InsurerB'));
    expect(found[0]?.Chaincodes).toContain(CHAINCODE);
    const endorsers = await discover(
      'LabA',
      'client',
      'endorsers',
      '--channel',
      CHANNEL,
      '--chaincode',
      CHAINCODE,
    );
    const [descriptor] = JSON.parse(endorsers.stdout) as { Layouts: unknown[] }[];
    expect(descriptor?.Layouts).toHaveLength(3);
    const config = await discover('LabA', 'client', 'config', '--channel', CHANNEL);
    expect(Object.keys((JSON.parse(config.stdout) as { msps: object }).msps)).toContain('Orderer');
  });
});

describe.skipIf(programs.configtxlator === undefined || programs.peer === undefined)(
  'Fabric’s configtxlator',
  () => {
    it('decodes block 0', async () => {
      await peer('LabA', 'client', 'channel', 'fetch', '0', 'decoded.pb', '-c', CHANNEL);
      const decoded = await run('configtxlator', [
        'proto_decode',
        '--type',
        'common.Block',
        '--input',
        'decoded.pb',
        '--output',
        'decoded.json',
      ]);
      expect(decoded).toMatchObject({ code: 0, stderr: '' });
      const { groups } = (
        JSON.parse(readFileSync(join(folder, 'decoded.json'), 'utf8')) as {
          data: {
            data: [{ payload: { data: { config: { channel_group: { groups: Record<string, object> } } } } }];
          };
        }
      ).data.data[0].payload.data.config.channel_group;
      expect(Object.keys(groups).sort()).toEqual(['Application', 'Orderer']);
    });
  },
);

interface ConfigJson {
  channel_group: { groups: { Application: { groups: Record<string, { values: Record<string, unknown> }> } } };
}

describe.skipIf(programs.configtxlator === undefined || programs.peer === undefined)(
  'Fabric’s peer and configtxlator',
  () => {
    const translate = async (...args: string[]): Promise<void> => {
      const { code, stderr } = await run('configtxlator', args);
      expect(`${String(code)}${stderr}`).toBe('0');
    };
    const read = <T>(file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as T;
    const write = (file: string, content: unknown) => {
      writeFileSync(join(folder, file), JSON.stringify(content));
    };
    const fetchConfig = async (): Promise<ConfigJson> => {
      await peer('LabA', 'client', 'channel', 'fetch', 'config', 'in-force.pb', '-c', CHANNEL, ...orderer());
      const files = ['--input', 'in-force.pb', '--output', 'in-force.json'];
      await translate('proto_decode', '--type', 'common.Block', ...files);
      type Block = { data: { data: [{ payload: { data: { config: ConfigJson } } }] } };
      return read<Block>('in-force.json').data.data[0].payload.data.config;
    };
    const encode = (type: string, name: string) =>
      translate('proto_encode', '--type', type, '--input', `${name}.json`, '--output', `${name}.pb`);

    it('change the configuration: an anchor peer is there once its organisation’s admin has signed', async () => {
      const before = await fetchConfig();
      const after = structuredClone(before);
      const organisation = after.channel_group.groups.Application.groups['HospitalA'];
      if (organisation === undefined) throw new Error('the configuration has no such organisation');
      const anchor = { host: 'localhost', port: 7051 };
      organisation.values['AnchorPeers'] = { mod_policy: 'Admins', value: { anchor_peers: [anchor] } };
      write('before.json', before);
      write('after.json', after);
      await encode('common.Config', 'before');
      await encode('common.Config', 'after');
      const files = ['--original', 'before.pb', '--updated', 'after.pb', '--output', 'update.pb'];
      await translate('compute_update', '--channel_id', CHANNEL, ...files);
      const decoded = ['--input', 'update.pb', '--output', 'update.json'];
      await translate('proto_decode', '--type', 'common.ConfigUpdate', ...decoded);
      const header = { channel_header: { channel_id: CHANNEL, type: 2 } };
      const data = { config_update: read('update.json') };
      write('envelope.json', { payload: { header, data } });
      await encode('common.Envelope', 'envelope');
      const update = ['channel', 'update', '-f', 'envelope.pb', '-c', CHANNEL, ...orderer()];
      const refused = await peer('LabA', 'admin', ...update);
      expect(refused.stderr).toContain(
        'error validating DeltaSet: policy for [Group]  /Channel/Application/HospitalA not satisfied',
      );
      const signed = await peer('HospitalA', 'admin', 'channel', 'signconfigtx', '-f', 'envelope.pb');
      expect(signed.code).toBe(0);
      const committed = new Promise((resolve) => network.ledger().onCommit(resolve));
      // The lab's admin may bring what the hospital's has signed.
      expect(await peer('LabA', 'admin', ...update)).toMatchObject({ code: 0 });
      await committed;
      const inForce = await fetchConfig();
      const values = inForce.channel_group.groups.Application.groups['HospitalA']?.values;
      expect(values?.['AnchorPeers']).toMatchObject({ value: { anchor_peers: [anchor] } });
    });
  },
);
