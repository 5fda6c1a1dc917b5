import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fabricPaths, ledgerFolder } from '../home/index.js';
import { ConsortiumError } from './errors.js';

/** What runs the ledger: one process of ours, or peers and orderers of Fabric's own. */
export const ENGINES = ['embedded', 'fabric'] as const;
export type EngineName = (typeof ENGINES)[number];

/**
 * The engine of a home: the one whose ledger it has; in a home without one, what was asked for, or the embedded ledger.
 * @throws ConsortiumError ENGINE_NOT_AVAILABLE, HOME_OF_ANOTHER_ENGINE.
 */
export function engineFor(home: string, asked: string | undefined): EngineName {
  const name = ENGINES.find((engine) => engine === asked);
  if (asked !== undefined && name === undefined) {
    throw new ConsortiumError(
      'ENGINE_NOT_AVAILABLE',
      `there is no engine ${asked}`,
      `The engines: ${ENGINES.join(', ')}`,
    );
  }
  const own = engineOfHome(home);
  if (own !== undefined && name !== undefined && own !== name) {
    throw new ConsortiumError(
      'HOME_OF_ANOTHER_ENGINE',
      `${home} holds a ledger of the ${own} engine, which the ${name} engine cannot go on with`,
      'Leave --engine out, give another --home, or remove that ledger first: medaccord down --wipe --yes',
    );
  }
  return name ?? own ?? 'embedded';
}

function engineOfHome(home: string): EngineName | undefined {
  if (existsSync(fabricPaths(home).root)) return 'fabric';
  return existsSync(dirname(ledgerFolder(home, '-'))) ? 'embedded' : undefined;
}
