import { setTimeout as wait } from 'node:timers/promises';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { fabricPaths } from '../home/index.js';
import type { FabricBinaries } from './binaries.js';
import { FabricError } from './fabric-error.js';
import { askPeer, joinedChannels, type PeerNode } from './peer-node.js';
import type { PeerSnapshot } from './peer-snapshot.js';

const POLL_MS = 200;
const Installed = z.object({
  installed_chaincodes: z.array(z.object({ package_id: z.string() })).optional(),
});

/** With what a peer, which need not run, has begun its ledger of a channel; undefined where it has none. */
export function ledgerBegan(
  home: string,
  { organisation, peer }: PeerNode,
  channel: string,
): 'block 0' | 'snapshot' | undefined {
  const { data } = fabricPaths(home).peer(peer.name, organisation.domain);
  const chain = join(data, 'ledgersData', 'chains', 'chains', channel);
  if (!existsSync(chain)) return undefined;
  return existsSync(join(chain, 'bootstrappingSnapshot.info')) ? 'snapshot' : 'block 0';
}

/**
 * Lets a running peer begin its ledger of a channel with a verified snapshot, and waits until it has.
 * @throws ProcessError COMMAND_FAILED; FabricError SNAPSHOT_NOT_JOINED, after which the peer has nothing of it.
 */
export async function joinBySnapshot(
  home: string,
  node: PeerNode,
  binaries: FabricBinaries,
  { channel, folder }: PeerSnapshot,
): Promise<void> {
  await askPeer(home, node, binaries, 'channel', 'joinbysnapshot', '--snapshotpath', folder);
  // It reads the files in the background, and begins no second ledger meanwhile.
  while (
    (await askPeer(home, node, binaries, 'channel', 'joinbysnapshotstatus')).includes(
      'in progress for snapshot',
    )
  ) {
    await wait(POLL_MS);
  }
  if ((await joinedChannels(home, node, binaries)).includes(channel)) return;
  throw new FabricError(
    'SNAPSHOT_NOT_JOINED',
    `${node.name} could not begin ${channel} with the snapshot in ${folder}`,
    `See its log: medaccord logs ${node.name}`,
  );
}

/**
 * Installs a chaincode's package on that peer, where it is not.
 * @returns whether it was not.
 * @throws ProcessError COMMAND_FAILED.
 */
export async function installOn(
  home: string,
  node: PeerNode,
  binaries: FabricBinaries,
  { id, bytes }: { readonly id: string; readonly bytes: Uint8Array },
): Promise<boolean> {
  const chaincode = (...words: string[]) => askPeer(home, node, binaries, 'lifecycle', 'chaincode', ...words);
  const listed = Installed.parse(JSON.parse(await chaincode('queryinstalled', '--output', 'json')));
  if (listed.installed_chaincodes?.some((one) => one.package_id === id) === true) return false;
  const folder = mkdtempSync(join(tmpdir(), 'medaccord-package-'));
  try {
    const file = join(folder, 'package.tgz');
    writeFileSync(file, bytes);
    await chaincode('install', file);
    return true;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
