import { findBinaries, type BinaryPlaces, type FabricBinaries } from './binaries.js';
import { downloadRelease, type Download } from './download.js';
import { FabricError } from './fabric-error.js';
import { requireVersion } from './program-version.js';
import { OFFICIAL_RELEASES, platformName, releaseFolder } from './release.js';

export interface ObtainOptions {
  readonly places: BinaryPlaces;
  /** Of releases; undefined: the official ones. `none`: nothing is downloaded. */
  readonly url: string | undefined;
  readonly sha256: string | undefined;
  /** Programs of another version are taken, too. */
  readonly anyVersion: boolean;
  readonly progress?: Download['progress'];
}

/**
 * Fabric's programs of the right version, downloaded where there are none. `FABRIC_BIN` is not made good for by a
 * download: who says it means it.
 * @throws FabricError BINARIES_MISSING, DOWNLOAD_REFUSED, DOWNLOAD_FAILED, DOWNLOAD_CORRUPT, VERSION_NOT_SUPPORTED.
 */
export async function obtainBinaries(options: ObtainOptions): Promise<FabricBinaries> {
  const { places, url = OFFICIAL_RELEASES, sha256, anyVersion, progress } = options;
  let found: FabricBinaries;
  try {
    found = findBinaries(places);
  } catch (error) {
    const isMissing = error instanceof FabricError && error.code === 'BINARIES_MISSING';
    if (!isMissing || places.fabricBin !== undefined || url === 'none') throw error;
    const target = releaseFolder(places.cache);
    await downloadRelease({ base: url, platform: platformName(), sha256, target, progress });
    found = findBinaries(places);
  }
  if (!anyVersion) await requireVersion(found);
  return found;
}
