import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { common } from '@hyperledger/fabric-protos';
import { z } from 'zod';
import { replaceFile, systemDisk } from '../blocks/index.js';
import type { MspManager, NodeSigner } from '../parts.js';
import type { ChannelPolicies } from '../policy/index.js';
import { combineHashes, STATE_PART_NAMES, type StatePart } from '../state/index.js';
import { invalid } from './snapshot-error.js';

export const CONFIG_BLOCK = 'config.block';
const MANIFEST = 'manifest.json';
const SIGNATURE = 'manifest.signature.json';

const hex = z.string().regex(/^[0-9a-f]*$/);
const FileEntry = z.object({ sha256: hex, bytes: z.number().int().nonnegative() });
const fileNames = [CONFIG_BLOCK, ...STATE_PART_NAMES.map(fileOfPart)] as const;

/** What a snapshot says of itself; hashes in hex. */
export const SnapshotManifest = z.object({
  format: z.literal(1),
  channel: z.string(),
  /** Number of blocks that are in it; the next one is the first that a ledger begun from it has. */
  height: z.number().int().positive(),
  lastBlockHash: hex,
  previousBlockHash: hex,
  commitHash: hex,
  lastConfigBlock: z.number().int().nonnegative(),
  /** Equal for all ledgers with the same blocks. */
  stateHash: hex,
  files: z.record(z.enum(fileNames as unknown as [string, ...string[]]), FileEntry),
});
export type SnapshotManifest = z.infer<typeof SnapshotManifest>;

const Signature = z.object({ identity: z.base64(), signature: z.base64() });

export function fileOfPart(part: StatePart): string {
  return `${part}.data`;
}

/** Writes manifest and signature; the manifest comes last: a folder without one is no snapshot. */
export function writeManifest(dir: string, manifest: SnapshotManifest, signer: NodeSigner): void {
  const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  const signature = {
    identity: Buffer.from(signer.serialized).toString('base64'),
    signature: Buffer.from(signer.sign(bytes)).toString('base64'),
  };
  replaceFile(systemDisk, dir, SIGNATURE, Buffer.from(`${JSON.stringify(signature, null, 2)}\n`));
  replaceFile(systemDisk, dir, MANIFEST, bytes);
}

/** @throws SnapshotError SNAPSHOT_INVALID. */
export function readManifest(dir: string): SnapshotManifest {
  return decode(dir, MANIFEST, (text) => SnapshotManifest.parse(JSON.parse(text)));
}

/** @throws SnapshotError SNAPSHOT_INVALID. */
export function readConfigBlock(dir: string): common.Block {
  try {
    return common.Block.deserializeBinary(readFileSync(join(dir, CONFIG_BLOCK)));
  } catch (cause) {
    throw invalid(dir, `${CONFIG_BLOCK} cannot be read`, cause);
  }
}

/** Files whose content may change later, because private values are erased from them. */
export const ERASABLE: readonly string[] = [fileOfPart('private')];

/**
 * Every file is there, as long as it was and with the same hash; together they have the state's hash.
 * @param except Files whose hash is not looked at.
 * @throws SnapshotError SNAPSHOT_INVALID naming the file.
 */
export function checkFiles(dir: string, manifest: SnapshotManifest, except: readonly string[] = []): void {
  for (const name of fileNames) {
    const expected = manifest.files[name];
    if (expected === undefined) throw invalid(dir, `the manifest lacks ${name}`);
    const found = hashFile(dir, name);
    if (found.bytes !== expected.bytes) throw invalid(dir, `${name} has another length`);
    if (!except.includes(name) && found.sha256 !== expected.sha256) {
      throw invalid(dir, `${name} does not fit its SHA-256`);
    }
  }
  const parts = Object.fromEntries(
    STATE_PART_NAMES.map((part) => [part, manifest.files[fileOfPart(part)]?.sha256 ?? '']),
  );
  const stateHash = combineHashes(
    {
      block: manifest.height - 1,
      headerHash: Buffer.from(manifest.lastBlockHash, 'hex'),
      commitHash: Buffer.from(manifest.commitHash, 'hex'),
    },
    parts as Record<StatePart, string>,
  );
  if (stateHash !== manifest.stateHash) throw invalid(dir, 'its parts do not make up its state');
}

/**
 * The manifest is signed by an orderer of the channel, whom the home's own authority vouches for.
 * @throws SnapshotError SNAPSHOT_INVALID.
 */
export function checkManifestSignature(dir: string, msps: MspManager, policies: ChannelPolicies): void {
  const bytes = readFileSync(join(dir, MANIFEST));
  const { identity, signature } = decode(dir, SIGNATURE, (text) => Signature.parse(JSON.parse(text)));
  let isGood = false;
  try {
    const signer = msps.deserialize(Buffer.from(identity, 'base64'));
    signer.validate();
    isGood =
      signer.verify(bytes, Buffer.from(signature, 'base64')) &&
      policies.isSatisfiedBy('/Channel/Orderer/BlockValidation', signer);
  } catch {
    // Nobody whom this home knows.
  }
  if (!isGood) throw invalid(dir, 'no orderer of this consortium has signed its manifest');
}

export function hashFile(dir: string, name: string): { sha256: string; bytes: number } {
  let file: number;
  try {
    file = openSync(join(dir, name), 'r');
  } catch (cause) {
    throw invalid(dir, `${name} cannot be read`, cause);
  }
  try {
    const hash = createHash('sha256');
    const chunk = Buffer.alloc(1024 * 1024);
    let bytes = 0;
    for (let count = readSync(file, chunk); count > 0; count = readSync(file, chunk)) {
      hash.update(chunk.subarray(0, count));
      bytes += count;
    }
    return { sha256: hash.digest('hex'), bytes };
  } finally {
    closeSync(file);
  }
}

function decode<T>(dir: string, name: string, read: (text: string) => T): T {
  try {
    return read(readFileSync(join(dir, name), 'utf8'));
  } catch (cause) {
    throw invalid(dir, `${name} is missing or cannot be read`, cause);
  }
}
