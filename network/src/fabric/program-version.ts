import { baseEnvironment } from '../config.js';
import { runCommand } from '../process/index.js';
import type { FabricBinaries } from './binaries.js';
import { FabricError } from './fabric-error.js';
import { FABRIC_VERSION } from './release.js';

/**
 * Asks the nodes' programs for their version; `osnadmin` tells none.
 * @throws FabricError VERSION_NOT_SUPPORTED where one is another than the pinned one; ProcessError COMMAND_FAILED.
 */
export async function requireVersion({ peer, orderer }: FabricBinaries): Promise<void> {
  const versions = await Promise.all([peer, orderer].map(versionOf));
  const others = [peer, orderer].flatMap((program, index) =>
    versions[index] === FABRIC_VERSION ? [] : [`${program} is ${versions[index] ?? 'of no known version'}`],
  );
  if (others.length === 0) return;
  throw new FabricError(
    'VERSION_NOT_SUPPORTED',
    `this engine is made for Fabric ${FABRIC_VERSION}: ${others.join(', ')}`,
    'Take a release of that version, or say --any-fabric-version.',
  );
}

/** Without the `v` that releases put before it. */
async function versionOf(program: string): Promise<string | undefined> {
  const said = await runCommand(program, ['version'], { env: baseEnvironment() });
  return /^\s*Version: v?(\S+)/m.exec(said)?.[1];
}
