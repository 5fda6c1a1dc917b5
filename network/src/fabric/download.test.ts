import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
} from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadRelease, type Download } from './download.js';
import {
  serveReleases,
  smallRelease,
  type ReleaseServer,
  type SmallRelease,
} from './testing/release-server.js';

let folder: string;
let target: string;
let release: SmallRelease;
let server: ReleaseServer | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'download-'));
  target = join(folder, 'cache', 'fabric', '3.1.5');
  release = smallRelease(folder);
});
afterEach(() => {
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const whole: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-length': release.archive.length }).end(release.archive);
};

async function from(listener: RequestListener, more: Partial<Download> = {}): Promise<unknown> {
  server ??= await serveReleases(listener);
  const { base } = server;
  const download = { base, platform: 'linux-amd64', sha256: release.sha256, target, ...more };
  return downloadRelease(download).catch((error: unknown) => error);
}

/** Nothing of a failed download stays. */
function expectNothing(): void {
  expect(existsSync(target)).toBe(false);
  expect(readdirSync(dirname(target))).toEqual([]);
}

describe('a download of Fabric’s programs', () => {
  it('checks the hash, unpacks, and tells how far it is', async () => {
    const told: [number, number | undefined][] = [];
    expect(await from(whole, { progress: (...now) => told.push(now) })).toBeUndefined();
    for (const file of ['bin/peer', 'bin/orderer', 'bin/osnadmin', 'builders/ccaas/bin/detect']) {
      accessSync(join(target, file), constants.X_OK);
    }
    expect(readdirSync(dirname(target))).toEqual(['3.1.5']);
    expect(told.at(-1)).toEqual([release.archive.length, release.archive.length]);
    expect(server?.asked).toEqual(['/releases/v3.1.5/hyperledger-fabric-linux-amd64-3.1.5.tar.gz']);
  });

  it('keeps nothing of an archive with another hash', async () => {
    expect(await from(whole, { sha256: '0'.repeat(64) })).toMatchObject({
      code: 'DOWNLOAD_CORRUPT',
      message: expect.stringContaining(`has the SHA-256 ${release.sha256}, and should have 000`) as string,
    });
    expectNothing();
  });

  it('goes by the pinned hash where none is given', async () => {
    expect(await from(whole, { sha256: undefined })).toMatchObject({ code: 'DOWNLOAD_CORRUPT' });
    expectNothing();
  });

  it('keeps nothing of an archive that is cut short, whether the server tells its length or not', async () => {
    const half = release.archive.subarray(0, release.archive.length / 2);
    expect(await from((_request, response) => response.end(half))).toMatchObject({
      code: 'DOWNLOAD_CORRUPT',
    });
    server?.close();
    server = undefined;
    const cut: RequestListener = (_request, response) => {
      response.writeHead(200, { 'content-length': release.archive.length });
      response.write(half, () => response.destroy());
    };
    expect(await from(cut)).toMatchObject({ code: 'DOWNLOAD_FAILED' });
    expectNothing();
  });

  it('says so where the server refuses, is gone, or says no more', async () => {
    const refused = await from((_request, response) => response.writeHead(404).end());
    expect(refused).toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('the server answers 404') as string,
      hint: expect.stringContaining('FABRIC_BIN') as string,
    });
    server?.close();
    expect(await from(whole)).toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
    server = undefined;
    const silent = await from((_request, response) => response.writeHead(200).flushHeaders(), {
      silenceMs: 50,
    });
    expect(silent).toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('nothing came for 0.05 s') as string,
    });
    expectNothing();
  });

  it('may run twice at once: one of them makes the folder, both find it', async () => {
    expect(await Promise.all([from(whole), from(whole)])).toEqual([undefined, undefined]);
    expect(readdirSync(dirname(target))).toEqual(['3.1.5']);
    accessSync(join(target, 'bin', 'peer'), constants.X_OK);
  });

  it('is refused where no hash is known: none is made up', async () => {
    expect(await from(whole, { sha256: undefined, platform: 'linux-s390x' })).toMatchObject({
      code: 'DOWNLOAD_REFUSED',
      hint: expect.stringContaining('MEDACCORD_FABRIC_SHA256') as string,
    });
    expect(await from(whole, { sha256: 'abc' })).toMatchObject({ code: 'DOWNLOAD_REFUSED' });
    expect(server?.asked).toEqual([]);
  });

  it('removes what another one left that was killed long ago', async () => {
    const left = join(dirname(target), '.partial-left');
    const young = join(dirname(target), '.partial-young');
    for (const path of [left, young]) mkdirSync(path, { recursive: true });
    utimesSync(left, 1, 1);
    await from(whole);
    expect(readdirSync(dirname(target)).sort()).toEqual(['.partial-young', '3.1.5']);
  });
});
