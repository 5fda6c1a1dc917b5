import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { baseEnvironment } from '../config.js';
import { runCommand } from '../process/index.js';
import { FabricError } from './fabric-error.js';
import { archiveUrl, pinnedHash } from './release.js';

export interface Download {
  /** A folder of releases: the official one, or a mirror. */
  readonly base: string;
  /** As `platformName` has it. */
  readonly platform: string;
  /** Of the archive, in hex; undefined: the pinned one. */
  readonly sha256: string | undefined;
  /** The folder that the release becomes. */
  readonly target: string;
  /** Bytes so far; `total` is undefined where the server does not say it. */
  readonly progress?: (bytes: number, total: number | undefined) => void;
  /** How long nothing may come. Default 30 s. */
  readonly silenceMs?: number;
}

const PARTIAL = '.partial-';
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Downloads a release of Fabric, checks its hash and unpacks it. The target appears whole or not at all; where another
 * process was first, that one's stays.
 * @throws FabricError DOWNLOAD_REFUSED where no hash is known, or a given one is none; DOWNLOAD_FAILED; DOWNLOAD_CORRUPT.
 */
export async function downloadRelease(download: Download): Promise<void> {
  const { base, platform, target } = download;
  const expected = hashFor(download);
  const url = archiveUrl(base, platform);
  const parent = dirname(target);
  await mkdir(parent, { recursive: true });
  await removeOldPartials(parent);
  const folder = await mkdtemp(join(parent, PARTIAL));
  try {
    const archive = join(folder, 'archive.tar.gz');
    const actual = await fetchTo(url, archive, download);
    if (actual !== expected) {
      throw new FabricError(
        'DOWNLOAD_CORRUPT',
        `${url} has the SHA-256 ${actual}, and should have ${expected}`,
        'Nothing of it was kept. Try again, or from another mirror: MEDACCORD_FABRIC_URL.',
      );
    }
    const unpacked = join(folder, 'release');
    await mkdir(unpacked);
    await runCommand('tar', ['-xzf', archive, '-C', unpacked], { env: baseEnvironment() });
    await moveInto(unpacked, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function hashFor({ platform, sha256 }: Download): string {
  const expected = (sha256 ?? pinnedHash(platform))?.toLowerCase();
  if (expected !== undefined && /^[0-9a-f]{64}$/.test(expected)) return expected;
  throw new FabricError(
    'DOWNLOAD_REFUSED',
    expected === undefined
      ? `no hash of Fabric's archive for ${platform} is known, so it is not downloaded`
      : `MEDACCORD_FABRIC_SHA256 is no SHA-256 in hex: ${expected}`,
    'Say the SHA-256 of that archive: MEDACCORD_FABRIC_SHA256=<64 hex digits>',
  );
}

/** @returns the SHA-256 of what was written. */
async function fetchTo(
  url: string,
  file: string,
  { progress, silenceMs = 30_000 }: Download,
): Promise<string> {
  const silence = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const heard = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      silence.abort(new Error(`nothing came for ${silenceMs / 1000} s`));
    }, silenceMs);
  };
  heard();
  try {
    const response = await fetch(url, { signal: silence.signal });
    if (!response.ok || response.body === null) throw new Error(`the server answers ${response.status}`);
    const length = response.headers.get('content-length');
    const total = length === null ? undefined : Number(length);
    const hash = createHash('sha256');
    let bytes = 0;
    await pipeline(
      Readable.fromWeb(response.body),
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          heard();
          hash.update(chunk);
          bytes += chunk.length;
          progress?.(bytes, total);
          yield chunk;
        }
      },
      createWriteStream(file),
      { signal: silence.signal },
    );
    return hash.digest('hex');
  } catch (error) {
    throw new FabricError(
      'DOWNLOAD_FAILED',
      `${url} could not be downloaded: ${reasonOf(error, silence.signal)}`,
      'Unpack a release of Fabric yourself and say where it is (FABRIC_BIN=/path/to/fabric/bin), or name a mirror: MEDACCORD_FABRIC_URL.',
      error,
    );
  } finally {
    clearTimeout(timer);
  }
}

/** `fetch` says no more than that it failed; its cause says why. */
function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return (signal.reason as Error).message;
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

async function moveInto(unpacked: string, target: string): Promise<void> {
  try {
    await rename(unpacked, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

/** What a killed download has left. */
async function removeOldPartials(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(PARTIAL)) continue;
    const path = join(parent, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > DAY_MS) await rm(path, { recursive: true, force: true });
  }
}
