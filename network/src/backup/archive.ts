import { createHash, randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { open, rename, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { archiveKey, KeyDerivation, newDerivation, type KeySource } from './archive-key.js';
import { BackupError } from './backup-error.js';
import { FRAME, FrameReader, FrameWriter, PIECE_BYTES, type Frame } from './sealed-frames.js';

const MAGIC = 'medaccord-backup 1 ';
const HEAD_BYTES = 256;

/** A file to be archived. */
export interface ArchivedSource {
  /** Where it goes in a home, with `/`. */
  readonly path: string;
  /** Where it is now, absolute. */
  readonly source: string;
  /** It may be gone when its turn comes, and is then left out: a record that was erased. */
  readonly mayVanish?: boolean;
}

const RelativePath = z
  .string()
  .regex(/^[^/\\\0]+(\/[^/\\\0]+)*$/)
  .refine((path) => !path.split('/').some((part) => part === '.' || part === '..'));

export const ArchivedFile = z.object({
  path: RelativePath,
  size: z.number().int().min(0),
  mode: z.number().int(),
  sha256: z.string(),
});
export type ArchivedFile = z.infer<typeof ArchivedFile>;

export const Description = z.object({
  version: z.literal(1),
  /** ISO instant. */
  made: z.string(),
  consortium: z.string(),
  engine: z.enum(['embedded', 'fabric']),
  /** Those whose keys and data are in it; `orderer` for the orderers'. */
  organisations: z.array(z.string()),
});
export type Description = z.infer<typeof Description>;
const Manifest = Description.extend({ files: z.array(ArchivedFile) });
export type Manifest = z.infer<typeof Manifest>;

/**
 * Writes an encrypted archive of files, piece by piece, and at its end the manifest with each file's hash. It appears
 * under its name when it is whole and on the disk; whatever cuts it off leaves nothing there.
 * @throws BackupError BACKUP_EXISTS, BACKUP_KEY_INVALID.
 */
export async function writeArchive(
  out: string,
  key: KeySource,
  description: Description,
  sources: Iterable<ArchivedSource>,
): Promise<Manifest> {
  if (existsSync(out)) throw new BackupError('BACKUP_EXISTS', `${out} is there already`);
  const derivation = newDerivation(key);
  const secret = await archiveKey(key, derivation);
  const temporary = `${out}.${randomBytes(6).toString('hex')}.partial`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.appendFile(head(derivation));
    const frames = new FrameWriter(file, secret);
    await frames.write(FRAME.check, Buffer.alloc(0));
    const files: ArchivedFile[] = [];
    for (const source of sources) {
      if (source.mayVanish === true && !existsSync(source.source)) continue;
      files.push(await append(frames, source));
    }
    const manifest = { ...description, files };
    await frames.write(FRAME.manifest, Buffer.from(JSON.stringify(manifest)));
    await file.sync();
    await file.close();
    await rename(temporary, out);
    await syncFolder(dirname(out));
    return manifest;
  } catch (error) {
    await file.close().catch(() => undefined);
    rmSync(temporary, { force: true });
    throw error;
  }
}

async function append(frames: FrameWriter, { path, source }: ArchivedSource): Promise<ArchivedFile> {
  const { mode } = await stat(source);
  const name = RelativePath.parse(path);
  await frames.write(FRAME.file, Buffer.from(JSON.stringify({ path: name, mode: mode & 0o777 })));
  const hash = createHash('sha256');
  const file = await open(source, 'r');
  let size = 0;
  try {
    const piece = Buffer.alloc(PIECE_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, piece.length, size);
      if (bytesRead === 0) break;
      const bytes = piece.subarray(0, bytesRead);
      hash.update(bytes);
      await frames.write(FRAME.data, bytes);
      size += bytesRead;
    }
  } finally {
    await file.close();
  }
  return { path: name, size, mode: mode & 0o777, sha256: hash.digest('hex') };
}

/** What is done with each file while an archive is read. */
export interface ArchiveVisitor {
  begin(file: { readonly path: string; readonly mode: number }): Promise<void>;
  data(bytes: Buffer): Promise<void>;
  end(): Promise<void>;
}

/**
 * Reads an archive to its end; every file's hash is held against the manifest.
 * @throws BackupError BACKUP_UNREADABLE, BACKUP_KEY_WRONG, BACKUP_DAMAGED that names the file.
 */
export async function readArchive(
  archive: string,
  key: KeySource,
  visitor?: ArchiveVisitor,
): Promise<Manifest> {
  const file = await open(archive, 'r').catch((cause: unknown) => {
    throw new BackupError('BACKUP_UNREADABLE', `${archive} cannot be read`, undefined, cause);
  });
  try {
    const secret = await archiveKey(key, await readHead(archive, file));
    return await readFrames(archive, new FrameReader(file, secret, HEAD_BYTES), visitor);
  } finally {
    await file.close();
  }
}

async function readFrames(
  archive: string,
  frames: FrameReader,
  visitor: ArchiveVisitor | undefined,
): Promise<Manifest> {
  const first = await frames.next().catch(() => undefined);
  if (first?.kind !== FRAME.check) {
    throw new BackupError(
      'BACKUP_KEY_WRONG',
      `${archive} does not open with this key, or its head is damaged`,
    );
  }
  const seen: Pick<ArchivedFile, 'path' | 'size' | 'sha256'>[] = [];
  let current: { path: string; size: number; hash: ReturnType<typeof createHash> } | undefined;
  const finish = async (): Promise<void> => {
    if (current === undefined) return;
    seen.push({ path: current.path, size: current.size, sha256: current.hash.digest('hex') });
    await visitor?.end();
  };
  for (;;) {
    const frame = await nextOf(archive, frames, current?.path);
    if (frame.kind === FRAME.file) {
      await finish();
      const { path, mode } = ArchivedFile.pick({ path: true, mode: true }).parse(
        JSON.parse(frame.plaintext.toString()),
      );
      current = { path, size: 0, hash: createHash('sha256') };
      await visitor?.begin({ path, mode });
    } else if (frame.kind === FRAME.data && current !== undefined) {
      current.size += frame.plaintext.length;
      current.hash.update(frame.plaintext);
      await visitor?.data(frame.plaintext);
    } else if (frame.kind === FRAME.manifest) {
      await finish();
      const manifest = Manifest.parse(JSON.parse(frame.plaintext.toString()));
      const wanted = manifest.files.map(({ path, size, sha256 }) => ({ path, size, sha256 }));
      const different = wanted.find((one, index) => JSON.stringify(one) !== JSON.stringify(seen[index]));
      if (different !== undefined || wanted.length !== seen.length) {
        throw damaged(archive, different?.path, 'is not what the manifest says');
      }
      if ((await frames.next().catch(() => frame)) !== undefined) {
        throw damaged(archive, undefined, 'there is more behind its end');
      }
      return manifest;
    } else {
      throw damaged(archive, current?.path, 'is out of its place');
    }
  }
}

async function nextOf(archive: string, frames: FrameReader, path: string | undefined): Promise<Frame> {
  const frame = await frames.next().catch((error: unknown) => {
    if (error instanceof BackupError)
      throw damaged(archive, path, 'was changed or cut off, or what follows it was');
    throw error;
  });
  if (frame === undefined) throw damaged(archive, path, 'ends before its manifest');
  return frame;
}

function damaged(archive: string, path: string | undefined, what: string): BackupError {
  const where = path === undefined ? 'its beginning' : path;
  return new BackupError(
    'BACKUP_DAMAGED',
    `${archive} is damaged at ${where}: it ${what}`,
    'Take another copy of it, or another backup.',
  );
}

function head(derivation: KeyDerivation): Buffer {
  return Buffer.from(`${MAGIC}${JSON.stringify(derivation)}`.padEnd(HEAD_BYTES - 1) + '\n');
}

async function readHead(archive: string, file: FileHandle): Promise<KeyDerivation> {
  const bytes = Buffer.alloc(HEAD_BYTES);
  const { bytesRead } = await file.read(bytes, 0, HEAD_BYTES, 0);
  const text = bytes.toString('utf8', 0, bytesRead);
  const problem = new BackupError(
    'BACKUP_UNREADABLE',
    `${archive} is no backup of this version of medaccord`,
  );
  if (!text.startsWith(MAGIC)) throw problem;
  try {
    return KeyDerivation.parse(JSON.parse(text.slice(MAGIC.length)));
  } catch {
    throw problem;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const directory = await open(folder, 'r');
  await directory.sync().finally(() => directory.close());
}
