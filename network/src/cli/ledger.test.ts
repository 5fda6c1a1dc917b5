import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { settleTopology } from '../consortium/topology-in-force.js';
import { ensureCryptoMaterial } from '../crypto-material/index.js';
import { openChannelLedger } from '../embedded/channel/index.js';
import { networkOfHome } from '../embedded/index.js';
import { flip } from '../embedded/testing/forge.js';

const PROGRAM = fileURLToPath(new URL('../../bin/medaccord.mjs', import.meta.url));
const TOPOLOGY = fileURLToPath(new URL('../../../config/examples/network-only.yaml', import.meta.url));

let folder: string;
let home: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'medaccord-ledger-'));
  home = join(folder, 'home');
  await ensureCryptoMaterial(settleTopology(home, { file: TOPOLOGY }), home, () => undefined);
  const opened = await open();
  await opened.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The ledger in this process, with block 0. */
async function open() {
  const [channel] = networkOfHome(home).options.channels;
  if (channel === undefined) throw new Error('no channel');
  const { ledger, orderer } = await openChannelLedger(channel);
  const close = async () => {
    await orderer.close();
    await ledger.close();
  };
  return { channelId: channel.channelId, dir: channel.dir, close };
}

/** Exit code, and what was printed as JSON. */
function medaccord(...words: string[]): Promise<{ code: number; said: Record<string, unknown> }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...words, '--json'], (error, stdout) => {
      const code = typeof error?.code === 'number' ? error.code : 0;
      resolve({ code, said: JSON.parse(stdout) as Record<string, unknown> });
    });
  });
}

it('the ledger of a home is checked, made anew, copied and begun again by commands', async () => {
  const opened = await open();
  const { channelId, dir } = opened;
  const out = join(folder, 'snapshot');
  const [inUse, snapshot] = await Promise.all([
    medaccord('fsck', '--home', home),
    medaccord('ledger', 'snapshot', '--home', home, '--channel', channelId, '--out', out),
  ]);
  expect(inUse).toMatchObject({ code: 6, said: { error: { code: 'LEDGER_IN_USE' } } });
  expect(snapshot).toMatchObject({
    code: 0,
    said: { snapshots: [{ channel: channelId, height: 1, dir: out }] },
  });
  await opened.close();

  const [unknown, other] = await Promise.all([
    medaccord('fsck', '--home', home, '--channel', 'nothing'),
    medaccord('ledger', 'rebuild', '--home', join(folder, 'nowhere')),
  ]);
  expect(unknown).toMatchObject({ code: 2, said: { error: { code: 'CHANNEL_UNKNOWN' } } });
  expect(other).toMatchObject({ code: 1, said: { error: { code: 'NO_CONSORTIUM' } } });

  const fsck = () => medaccord('fsck', '--home', home, '--channel', channelId);
  expect(await fsck()).toMatchObject({
    code: 0,
    said: { channels: [{ channel: channelId, blocks: 1, faults: [] }] },
  });
  const [{ stateHash }] = snapshot.said.snapshots as [{ stateHash: string }];
  expect(await medaccord('ledger', 'rebuild', '--home', home, '--channel', channelId)).toEqual({
    code: 0,
    said: { channels: [{ channel: channelId, height: 1, stateHash, before: { height: 1, stateHash } }] },
  });

  const second = join(folder, 'second');
  cpSync(home, second, { recursive: true, filter: (path) => !path.startsWith(join(home, 'ledger')) });
  const restore = () =>
    medaccord('ledger', 'restore', '--from', out, '--channel', channelId, '--home', second);
  expect(await restore()).toEqual({ code: 0, said: { channel: channelId, height: 1, stateHash } });
  expect(await restore()).toMatchObject({ code: 1, said: { error: { code: 'LEDGER_EXISTS' } } });

  const file = join(dir, 'blocks', 'blocks_000000');
  flip(file, readFileSync(file).length >> 1);
  expect(await fsck()).toMatchObject({
    code: 7,
    said: { channels: [{ blocks: 0, faults: [{ code: 'BLOCK_DAMAGED', block: 0, file, offset: 0 }] }] },
  });
}, 60_000);

it('snapshots of real peers are refused, with the command that the embedded ledger has', async () => {
  expect(await medaccord('snapshot', 'list', '--home', home)).toMatchObject({
    code: 2,
    said: {
      error: { code: 'ENGINE_NOT_AVAILABLE', hint: expect.stringContaining('ledger snapshot') as string },
    },
  });
});
