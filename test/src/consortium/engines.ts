import { findBinaries } from '../../../network/dist/fabric/binaries.js';

export type Engine = 'embedded' | 'fabric';

/** On which engines a test of both runs: on real Fabric where its programs are found. */
export function availableEngines(): Engine[] {
  try {
    findBinaries({ fabricBin: process.env['FABRIC_BIN'] ?? undefined, path: process.env['PATH'] });
    return ['embedded', 'fabric'];
  } catch (error) {
    process.stderr.write(
      `Not run on real Fabric: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return ['embedded'];
  }
}
