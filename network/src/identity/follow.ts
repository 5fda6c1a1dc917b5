import { engineFor, processControl, runningState } from '../consortium/index.js';
import { findOrganisation } from '../topology/index.js';
import type { Consortium } from './local-authority.js';

/** The embedded ledger looks at the files themselves; real peers go by their channels' configuration. */
export async function ledgerFollows({ home, topology }: Consortium, organisation: string): Promise<void> {
  if (!runsOnFabric(home)) return;
  const { awaitRevocations } = await import('../fabric/index.js');
  await awaitRevocations(home, topology, findOrganisation(topology, organisation));
}

/**
 * The organisation's own peers whose local MSP has to be read anew, in the order in which they start again: what an
 * admin asks of a peer outside of channels (which chaincode is installed) is for the local MSP to judge, and a real peer
 * reads that when it starts.
 */
export function peersToRestart({ home, topology }: Consortium, organisation: string): string[] {
  if (!runsOnFabric(home)) return [];
  const { name, peers } = findOrganisation(topology, organisation);
  return peers.map((peer) => `${peer.name}.${name}`);
}

/** One at a time, so that of several peers one always serves. @throws CodedError RESTART_FAILED. */
export async function restartInTurn({ home }: Consortium, processes: readonly string[]): Promise<void> {
  for (const name of processes) await processControl(home).restart(name);
}

/** The gateway of an organisation that runs: it reads its own identity when it starts. */
export function gatewayToRestart({ home }: Consortium, organisation: string): string[] {
  const processes = runningState(home)?.processes ?? [];
  return processes.map(({ name }) => name).filter((name) => name === `gateway-${organisation}`);
}

function runsOnFabric(home: string): boolean {
  return engineFor(home, undefined) === 'fabric' && runningState(home) !== undefined;
}
