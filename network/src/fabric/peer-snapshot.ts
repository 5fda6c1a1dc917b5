import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { fabricPaths } from '../home/index.js';
import { channelsOf, type Topology } from '../topology/index.js';
import { FabricError } from './fabric-error.js';
import { peersOf, type PeerNode } from './peer-node.js';

/** Its hash is the snapshot's; it has those of the other files. */
const SIGNABLE = '_snapshot_signable_metadata.json';
const ADDITIONAL = '_snapshot_additional_metadata.json';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Signable = z.object({
  channel_name: z.string(),
  last_block_number: z.number().int().nonnegative(),
  last_block_hash: Sha256,
  // A name alone: the folder may come from elsewhere.
  snapshot_files_raw_hashes: z.record(z.string().regex(/^\w+\.(?:data|metadata)$/), Sha256),
  state_db_type: z.literal('SimpleKeyValueDB'),
});
const Additional = z.object({ snapshot_hash: Sha256 });

/** A snapshot as Fabric's peers make it: public state, hashes of private values, transaction ids, collections. */
export interface PeerSnapshot {
  readonly channel: string;
  readonly lastBlock: number;
  /** Hex, of that block's header. */
  readonly lastBlockHash: string;
  /** Hex. Equal for all peers of the channel that make one of the same block. */
  readonly hash: string;
  /** Absolute. */
  readonly folder: string;
  /** SHA-256 in hex by the name of the file. */
  readonly files: Readonly<Record<string, string>>;
}

export interface MadeSnapshot extends PeerSnapshot {
  /** Whose: `peer0.hospital-a`. */
  readonly peer: string;
}

/** Those that the home's peers have made, by peer, channel and block. @throws FabricError SNAPSHOT_INVALID. */
export function listSnapshots(home: string, topology: Topology): MadeSnapshot[] {
  return peersOf(topology).flatMap((node) =>
    channelsOf(topology).flatMap(({ name }) => snapshotsOf(home, node, name)),
  );
}

/** Of one peer and channel, the oldest first. @throws FabricError SNAPSHOT_INVALID. */
export function snapshotsOf(home: string, node: PeerNode, channel: string): MadeSnapshot[] {
  const { data } = fabricPaths(home).peer(node.peer.name, node.organisation.domain);
  // A snapshot appears here by renaming: it is whole.
  const folder = join(data, 'snapshots', 'completed', channel);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((block) => ({ peer: node.name, ...readSnapshot(join(folder, block)) }))
    .sort((one, other) => one.lastBlock - other.lastBlock);
}

/** What a snapshot says of itself; its files are not looked at. @throws FabricError SNAPSHOT_INVALID. */
export function readSnapshot(folder: string): PeerSnapshot {
  const said = contents(folder, SIGNABLE, Signable);
  return {
    channel: said.channel_name,
    lastBlock: said.last_block_number,
    lastBlockHash: said.last_block_hash,
    hash: contents(folder, ADDITIONAL, Additional).snapshot_hash,
    folder,
    files: said.snapshot_files_raw_hashes,
  };
}

/**
 * Holds every file of a snapshot against its hash. A peer does so too, but tells nobody except its log.
 * @throws FabricError SNAPSHOT_INVALID naming the file.
 */
export async function verifySnapshot({ folder, hash, files }: PeerSnapshot): Promise<void> {
  for (const [name, wanted] of [[SIGNABLE, hash], ...Object.entries(files)] as [string, string][]) {
    const file = join(folder, name);
    if (!existsSync(file)) throw invalid(folder, `${name} is missing`);
    const digest = createHash('sha256');
    await pipeline(createReadStream(file), digest);
    if (digest.digest('hex') !== wanted) throw invalid(folder, `${name} is not what its hash says`);
  }
}

function contents<T>(folder: string, name: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')));
  } catch (cause) {
    throw invalid(folder, `${name} is missing or not as Fabric writes it`, cause);
  }
}

function invalid(folder: string, reason: string, cause?: unknown): FabricError {
  return new FabricError(
    'SNAPSHOT_INVALID',
    `the snapshot in ${folder} is not used: ${reason}`,
    'Take another one: medaccord snapshot take',
    cause,
  );
}
