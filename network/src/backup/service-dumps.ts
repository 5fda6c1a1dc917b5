import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { baseEnvironment } from '../config.js';
import { organisationPaths } from '../home/index.js';
import { runCommand } from '../process/index.js';
import type { ConsortiumOrganisation } from '../topology/index.js';

const PROGRAM = fileURLToPath(new URL('../../../gateway/bin/medaccord-gateway.mjs', import.meta.url));

/**
 * What only the gateways' databases hold, written by the gateways' own program, which knows their tables.
 * @throws ProcessError COMMAND_FAILED with what it said.
 */
export async function dumpServices(
  home: string,
  organisations: readonly ConsortiumOrganisation[],
  folder: string,
): Promise<{ organisation: ConsortiumOrganisation; file: string }[]> {
  const dumps: { organisation: ConsortiumOrganisation; file: string }[] = [];
  for (const organisation of organisations) {
    const { config } = organisationPaths(home, organisation).gateway;
    const file = join(folder, `service-${organisation.name}.dump`);
    const words = [PROGRAM, 'dump', '--config', config, '--out', file];
    await runCommand(process.execPath, words, { env: baseEnvironment() });
    dumps.push({ organisation, file });
  }
  return dumps;
}
