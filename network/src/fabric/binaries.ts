import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { FabricError } from './fabric-error.js';
import { releaseFolder } from './release.js';

/** Fabric's own programs, absolute paths. */
export interface FabricBinaries {
  readonly peer: string;
  readonly orderer: string;
  readonly osnadmin: string;
  /** The folder of the external builder for chaincode as a service: holds `bin/detect`, `bin/build`, `bin/release`. */
  readonly ccaasBuilder: string;
}

/** Where they are looked for: settings of the environment. */
export interface BinaryPlaces {
  /** `FABRIC_BIN`: a folder that has them all. */
  readonly fabricBin: string | undefined;
  /** `PATH`. */
  readonly path: string | undefined;
  /** The folder for what programs keep (`~/.cache`); a release that was downloaded lies in it. */
  readonly cache: string;
}

const PROGRAMS = ['peer', 'orderer', 'osnadmin'] as const;
const BUILDER_STEPS = ['detect', 'build', 'release'] as const;

/**
 * The first folder that has all programs: `FABRIC_BIN` where that is said, else those of `PATH`, then the cache. The
 * builder is looked for where a release of Fabric has it: `builders/ccaas` beside the programs' folder.
 * @throws FabricError BINARIES_MISSING that names what was looked for and where.
 */
export function findBinaries(places: BinaryPlaces): FabricBinaries {
  const { fabricBin, path = '', cache } = places;
  const cached = join(releaseFolder(cache), 'bin');
  const folders =
    fabricBin === undefined
      ? [...path.split(delimiter).filter((folder) => folder !== ''), cached]
      : [fabricBin];
  for (const folder of folders) {
    if (missingIn(folder).length > 0) continue;
    const builder = builderBeside(folder);
    if (builder !== undefined) return { ...programsOf(folder), ccaasBuilder: builder };
  }
  throw missing(fabricBin, folders);
}

function programsOf(folder: string): Pick<FabricBinaries, 'peer' | 'orderer' | 'osnadmin'> {
  return { peer: join(folder, 'peer'), orderer: join(folder, 'orderer'), osnadmin: join(folder, 'osnadmin') };
}

function missingIn(folder: string): string[] {
  return PROGRAMS.filter((name) => !isProgram(join(folder, name)));
}

/** A program in `PATH` may be a link to where the release lies. */
function builderBeside(folder: string): string | undefined {
  const beside = [folder, dirname(realpathSync(join(folder, 'peer')))];
  return beside
    .map((place) => join(dirname(place), 'builders', 'ccaas'))
    .find((builder) => BUILDER_STEPS.every((step) => isProgram(join(builder, 'bin', step))));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function missing(fabricBin: string | undefined, folders: readonly string[]): FabricError {
  const complete = folders.find((folder) => missingIn(folder).length === 0);
  const hint = 'Unpack a release of Fabric and say where its programs are: FABRIC_BIN=/path/to/fabric/bin';
  if (complete !== undefined) {
    const builder = join(dirname(complete), 'builders', 'ccaas', 'bin');
    return new FabricError(
      'BINARIES_MISSING',
      `${complete} has Fabric's programs, but ${builder} lacks its builder (${BUILDER_STEPS.join(', ')})`,
      hint,
    );
  }
  const where = fabricBin === undefined ? `PATH or ${folders.at(-1) ?? ''}` : `FABRIC_BIN (${fabricBin})`;
  const lacks = fabricBin === undefined ? PROGRAMS.join(', ') : missingIn(fabricBin).join(', ');
  return new FabricError('BINARIES_MISSING', `Fabric's programs (${lacks}) are not in ${where}`, hint);
}
