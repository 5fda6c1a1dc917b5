import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { obtainBinaries, type ObtainOptions } from './obtain-binaries.js';
import { platformName, releaseFolder } from './release.js';
import {
  serveReleases,
  smallRelease,
  type ReleaseServer,
  type SmallRelease,
} from './testing/release-server.js';

let folder: string;
let release: SmallRelease;
let server: ReleaseServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'obtain-'));
  release = smallRelease(folder);
  server = await serveReleases((_request, response) => response.end(release.archive));
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

function obtain(more: Partial<ObtainOptions> = {}): Promise<unknown> {
  return obtainBinaries({
    places: { fabricBin: undefined, path: undefined, cache: folder },
    url: server.base,
    sha256: release.sha256,
    anyVersion: false,
    ...more,
  }).catch((error: unknown) => error);
}

/** As unpacked by hand. */
function unpacked(version: string): string {
  const { archive } = smallRelease(folder, version);
  const target = join(folder, 'unpacked');
  mkdirSync(target);
  execFileSync('tar', ['-xz', '-C', target], { input: archive });
  return join(target, 'bin');
}

describe('Fabric’s programs', () => {
  it('are downloaded once where there are none, and lie in the cache then', async () => {
    const bin = join(releaseFolder(folder), 'bin');
    expect(await obtain()).toMatchObject({ peer: join(bin, 'peer') });
    expect(await obtain()).toMatchObject({ peer: join(bin, 'peer') });
    expect(server.asked).toEqual([`/releases/v3.1.5/hyperledger-fabric-${platformName()}-3.1.5.tar.gz`]);
  });

  it('are not downloaded where nothing may be, nor where FABRIC_BIN says another place', async () => {
    expect(await obtain({ url: 'none' })).toMatchObject({ code: 'BINARIES_MISSING' });
    const places = { fabricBin: join(folder, 'nowhere'), path: undefined, cache: folder };
    expect(await obtain({ places })).toMatchObject({ code: 'BINARIES_MISSING' });
    expect(server.asked).toEqual([]);
  });

  it('of another version are named, and taken only where any is asked for', async () => {
    const places = { fabricBin: unpacked('v2.5.12'), path: undefined, cache: folder };
    expect(await obtain({ places })).toMatchObject({
      code: 'VERSION_NOT_SUPPORTED',
      message: expect.stringMatching(
        /made for Fabric 3\.1\.5: .*peer is 2\.5\.12, .*orderer is 2\.5\.12$/,
      ) as string,
      hint: expect.stringContaining('--any-fabric-version') as string,
    });
    expect(await obtain({ places, anyVersion: true })).toMatchObject({
      peer: join(places.fabricBin, 'peer'),
    });
  });
});
