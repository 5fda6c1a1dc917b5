import { config } from '@medaccord/network/config';
import { obtainBinaries } from '@medaccord/network/fabric-binaries';

export type Engine = 'embedded' | 'fabric';

/** On which engines a test of both runs: on real Fabric where its programs are found. The run's beginning says why not. */
export const ENGINES_HERE: readonly Engine[] = (await hasFabric()) ? ['embedded', 'fabric'] : ['embedded'];

async function hasFabric(): Promise<boolean> {
  try {
    await obtainBinaries({ places: config.fabric, ...config.fabricRelease, url: 'none' });
    return true;
  } catch {
    return false;
  }
}
