import { findBinaries } from '@medaccord/network/fabric-binaries';

/** The engines that a network can be started on here: real Fabric where its programs are found. */
export const ENGINES_HERE: readonly ('embedded' | 'fabric')[] = hasFabric()
  ? ['embedded', 'fabric']
  : ['embedded'];

function hasFabric(): boolean {
  try {
    findBinaries({ fabricBin: process.env['FABRIC_BIN'] || undefined, path: process.env['PATH'] });
    return true;
  } catch (error) {
    process.stderr.write(
      `Not run on real Fabric: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return false;
  }
}
