import { config } from '@medaccord/network/config';
import { findBinaries } from '@medaccord/network/fabric-binaries';

export type Engine = 'embedded' | 'fabric';

/** On which engines a test of both runs: on real Fabric where its programs are found; else one line says why not. */
export const ENGINES_HERE: readonly Engine[] = hasFabric() ? ['embedded', 'fabric'] : ['embedded'];

function hasFabric(): boolean {
  try {
    findBinaries(config.fabric);
    return true;
  } catch (error) {
    process.stderr.write(
      `Not run on real Fabric: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return false;
  }
}
