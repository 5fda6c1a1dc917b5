import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTopology } from '@medaccord/network/topology';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePortOffset, medaccord, medaccordJson, wipeConsortium } from '../consortium/index.js';
import { ENGINES_HERE } from '../consortium/engines.js';

const FILE = 'config/examples/network-only.yaml';
const ALL = "AND('Org1MSP.peer','Org2MSP.peer','Org3MSP.peer')";
const PAIR = {
  name: 'pair',
  policy: "OR('Org1MSP.member', 'Org2MSP.member')",
  requiredPeerCount: 0,
  maxPeerCount: 1,
};

interface Listed {
  readonly chaincodes: readonly {
    readonly version: string;
    readonly sequence: number;
    readonly collections: readonly string[];
    readonly packages: readonly { readonly packageId: string | null }[];
  }[];
}

/** Nobody has to run it: what is approved and committed is the organisations' business alone. */
describe.each(ENGINES_HERE)('medaccord chaincode upgrade on the engine %s', (engine) => {
  let home: string;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chaincode-upgrade-'));
    home = join(inject('consortia'), `upgrade-${engine}`);
    const ports = ['--port-offset', String(await freePortOffset(loadTopology(FILE)))];
    await medaccordJson('up', '--detach', '--engine', engine, '--topology', FILE, ...ports, '--home', home);
    const away = ['--address', 'localhost:9', '--no-check'];
    await medaccordJson('chaincode', 'deploy', '--name', 'assets', ...away, '--home', home);
  });
  afterAll(async () => {
    await wipeConsortium(home);
    await rm(folder, { recursive: true });
  });

  const upgrade = (...options: string[]) =>
    medaccord('chaincode', 'upgrade', '--name', 'assets', ...options, '--home', home);
  const committed = async () =>
    (await medaccordJson<Listed>('chaincode', 'list', '--home', home)).chaincodes[0];

  it('commits nothing while too few approve the same, and shows who approved what', async () => {
    const alone = await upgrade('--policy', ALL, '--org', 'org1');
    expect(alone.code).toBe(1);
    expect(alone.stderr).toMatch(/^org1 +this +1\.0/m);
    expect(alone.stderr).toMatch(/^org2 +nothing yet/m);
    const other = await upgrade('--version', '2.0', '--org', 'org2');
    expect(other.stderr).toMatch(/^org1 +another version, policy +1\.0/m);
    expect(other.stderr).toMatch(/^org2 +this +2\.0/m);
    expect(await committed()).toMatchObject({ version: '1.0', sequence: 1 });
  });

  it('goes on with the approvals that there are, and keeps what is not given', async () => {
    const before = await committed();
    const { code, stdout } = await upgrade('--policy', ALL);
    expect([code, stdout]).toEqual([0, 'assets is upgraded on mychannel.\n']);
    const after = await committed();
    expect(after).toMatchObject({ version: '1.0', sequence: 2 });
    expect(after?.packages).toEqual(before?.packages);
    await upgrade('--policy', ALL);
    expect(await committed()).toMatchObject({ sequence: 2 });
  });

  it('adds collections to those that there are, and keeps them when it goes back', async () => {
    const file = join(folder, 'collections.json');
    await writeFile(file, JSON.stringify([PAIR]));
    await upgrade('--collections', file, '--version', '2.0');
    await writeFile(file, JSON.stringify([{ ...PAIR, name: 'second' }]));
    await upgrade('--collections', file);
    expect(await committed()).toMatchObject({ version: '2.0', sequence: 4, collections: ['pair', 'second'] });
    await upgrade('--rollback', '1');
    const back = { version: '1.0', sequence: 5, collections: ['pair', 'second'] };
    expect(await committed()).toMatchObject(back);
    await upgrade('--rollback', '1');
    expect(await committed()).toMatchObject(back);
  });

  it('is refused where there is nothing to change, or nothing to go back to', async () => {
    const code = async (...options: string[]): Promise<unknown> => {
      const { stdout } = await upgrade(...options, '--json');
      return (JSON.parse(stdout) as { error?: { code: string } }).error?.code;
    };
    expect(await code()).toBe('NOTHING_ASKED');
    expect(await code('--rollback', '9')).toBe('NOTHING_BEFORE');
    expect(await code('--version', '3.0', '--name', 'nobody')).toBe('CHAINCODE_UNKNOWN');
  });
});
