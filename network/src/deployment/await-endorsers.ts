import { setTimeout as wait } from 'node:timers/promises';
import { DiscoveryClient } from '../discovery-client.js';
import type { Organisation } from '../topology/index.js';
import { DeploymentError } from './deployment-error.js';

const POLL_MS = 100;
const TIMEOUT_MS = 30_000;

/**
 * Waits until a committed chaincode can be called through the first peer of each organisation. Peers tell each other what
 * they run some time after the commit; the embedded ledger knows it at once.
 * @throws DeploymentError (NO_ENDORSERS) that names the organisation.
 */
export async function awaitEndorsers(
  home: string,
  channel: string,
  organisations: readonly Organisation[],
  chaincode: string,
): Promise<void> {
  await Promise.all(
    organisations.map(async (organisation) => {
      const [first] = organisation.peers;
      if (first === undefined) return;
      const client = new DiscoveryClient(home, organisation, first);
      try {
        for (const deadline = Date.now() + TIMEOUT_MS; Date.now() < deadline; await wait(POLL_MS)) {
          if (await client.knowsEndorsers(channel, chaincode)) return;
        }
      } finally {
        client.close();
      }
      throw new DeploymentError(
        'NO_ENDORSERS',
        `${chaincode} is committed, but the peer of ${organisation.name} finds too few that run it on ${channel}`,
        { hint: 'Enough organisations have to have installed the package that they approved.' },
      );
    }),
  );
}
