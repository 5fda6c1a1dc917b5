import { findBinaries } from '../../../network/src/fabric/binaries.js';
import type { EngineName } from '../bench/bench-consortium.js';

/** The embedded ledger, and real Fabric where its programs are found; else one line says that they are not. */
export function enginesHere(): EngineName[] {
  try {
    findBinaries({ fabricBin: process.env['FABRIC_BIN'] || undefined, path: process.env['PATH'] });
    return ['embedded', 'fabric'];
  } catch (error) {
    process.stderr.write(
      `Not tried on real Fabric: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return ['embedded'];
  }
}
