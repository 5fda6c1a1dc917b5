import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { loadTopology } from '@medaccord/network/topology';
import { Consortium, medaccord, medaccordJson, wipeConsortium } from '../consortium/index.js';
import { ENGINES_HERE } from '../consortium/engines.js';
import { PractitionerLoad } from './given/practitioner-load.js';

const LIFECYCLE = '/Channel/Application/LifecycleEndorsement';

interface Plan {
  readonly plan: {
    readonly changes: readonly string[];
    readonly signatures: readonly { readonly signers: readonly string[] }[];
    readonly restarts: readonly string[];
  };
}

describe.each(ENGINES_HERE)('a running channel on the engine %s', (engine) => {
  let home: string;
  let folder: string;
  let load: PractitionerLoad;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'channel-change-'));
    home = join(inject('consortia'), `channel-change-${engine}`);
    await Consortium.start(home, 'config/topology.yaml', '--engine', engine);
    load = await PractitionerLoad.start(home, 'hospital-a');
  });
  afterAll(async () => {
    await wipeConsortium(home);
    await rm(folder, { recursive: true });
  });

  const run = async (...words: string[]) => medaccordJson<{ changed: string[] }>(...words, '--home', home);
  const refusal = async (...words: string[]): Promise<unknown> => {
    const { stdout } = await medaccord(...words, '--json', '--home', home);
    return (JSON.parse(stdout) as { error?: { code: string } }).error?.code;
  };
  const batchInForce = () => loadTopology(join(home, 'topology.yaml')).batch;

  it('says what a change of the batch is, who signs it, and does nothing of it', async () => {
    const before = batchInForce();
    const { plan } = await medaccordJson<Plan>(
      ...['batch', 'set', '--timeout-ms', '70', '--dry-run', '--home', home],
    );
    expect(plan.changes).toEqual(['the batch of care in its configuration']);
    expect(plan.signatures.map(({ signers }) => signers)).toEqual([['OrdererOrg']]);
    expect(plan.restarts).toEqual([]);
    expect(batchInForce()).toEqual(before);
  });

  it('takes another batch while transactions flow, once', async () => {
    expect((await run('batch', 'set', '--timeout-ms', '70', '--max-messages', '20')).changed).toEqual([
      'care',
    ]);
    await load.goesOn();
    expect(batchInForce()).toMatchObject({ timeoutMs: 70, maxMessages: 20, maxBytes: 2_097_152 });
    expect((await run('batch', 'set', '--timeout-ms', '70')).changed).toEqual([]);
  });

  it('takes another policy once a majority of admins has signed the file, one after the other', async () => {
    const file = join(folder, 'update.pb');
    await run('policy', 'set', LIFECYCLE, 'ALL Endorsement', '--export', file);
    expect(await refusal('policy', 'set', '--submit', file)).toBe('SIGNATURES_MISSING');
    for (const organisation of ['hospital-a', 'lab-a']) {
      await run('policy', 'set', '--sign', file, '--org', organisation);
      // The same admin twice is one signature.
      await run('policy', 'set', '--sign', file, '--org', organisation);
    }
    expect(await refusal('policy', 'set', '--submit', file)).toBe('SIGNATURES_MISSING');
    await run('policy', 'set', '--sign', file, '--org', 'insurer-a');
    expect((await run('policy', 'set', '--submit', file)).changed).toEqual(['care']);
    expect(await refusal('policy', 'set', '--submit', file)).toBe('UPDATE_OUTDATED');
    expect((await run('policy', 'set', LIFECYCLE, 'ALL Endorsement')).changed).toEqual([]);
    expect((await run('policy', 'set', LIFECYCLE, 'MAJORITY Endorsement')).changed).toEqual(['care']);
  });

  it('keeps its policies where a rule names what the channel does not have', async () => {
    const set = (...words: string[]) => refusal('policy', 'set', ...words);
    expect(await set('/Channel/Application/Nothing', 'ALL Admins')).toBe('POLICY_PATH_UNKNOWN');
    expect(await set(LIFECYCLE, 'ALL Nothing')).toBe('POLICY_RULE_UNKNOWN');
    expect(await set(LIFECYCLE, "OR('StrangerMSP.admin')")).toBe('POLICY_RULE_UNKNOWN');
    expect(await set(LIFECYCLE, 'whoever')).toBe('POLICY_SYNTAX');
    expect(await refusal('batch', 'set')).toBe('NOTHING_ASKED');
    expect(await refusal('batch', 'set', '--submit', join(home, 'topology.yaml'))).toBe(
      'UPDATE_FILE_INVALID',
    );
  });

  it('has lost nothing that clients were told', async () => {
    await load.goesOn();
    expect(await load.stop()).toEqual([]);
    expect(load.refused).toEqual([]);
    expect(load.count).toBeGreaterThan(5);
  });
});
