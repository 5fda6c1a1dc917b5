import { setTimeout as wait } from 'node:timers/promises';
import { parseError } from '@medaccord/chaincode/api';
import { openAdminGateway } from '../../admin-gateway.js';
import { contractPackages, homeDeployers, runFrom } from '../../deployment/index.js';
import type { ProcessSpec } from '../../process/index.js';
import type { ConsortiumOrganisation, ConsortiumTopology } from '../../topology/index.js';
import type { EngineName } from '../engine.js';
import { ConsortiumError } from '../errors.js';

const POLL_MS = 100;
const TIMEOUT_MS = 60_000;

/**
 * Lets organisations run the contracts that are committed from another service, which serves already: each approves the
 * same definition with the other package, and its peers are asked until they answer from there. Nobody else notices.
 * @param service Of those organisations whose package names its port.
 * @returns a sentence about what it did.
 * @throws DeploymentError; ConsortiumError DEPLOYMENT_FAILED where a peer does not answer from it.
 */
export async function switchChaincode(
  home: string,
  topology: ConsortiumTopology,
  engine: EngineName,
  service: ProcessSpec,
): Promise<string> {
  const packages = contractPackages(topology, engine === 'fabric');
  const concerned = topology.organisations.filter(({ name }) => packages.get(name)?.port === service.port);
  const { deployers, close } = homeDeployers(home, topology.channel, concerned, ({ name }) =>
    packages.get(name),
  );
  try {
    for (const deployer of deployers) await runFrom(deployer, topology.chaincode.name);
  } finally {
    close();
  }
  for (const organisation of concerned) await answers(home, topology, organisation);
  return `${service.name} serves ${concerned.map(({ name }) => name).join(', ')}`;
}

/** A refusal by the contracts is an answer of theirs. */
async function answers(
  home: string,
  { channel, chaincode }: ConsortiumTopology,
  organisation: ConsortiumOrganisation,
): Promise<void> {
  for (const peer of organisation.peers) {
    const admin = openAdminGateway(home, organisation, peer);
    const contract = admin.gateway.getNetwork(channel).getContract(chaincode.name);
    const call = { arguments: ['{}'], endorsingOrganizations: [organisation.mspId] };
    let said = '';
    try {
      const deadline = Date.now() + TIMEOUT_MS;
      while (
        !(await contract.evaluate('directory:consortium', call).then(
          () => true,
          (error: unknown) => {
            said = String(error);
            return parseError(said) !== undefined;
          },
        ))
      ) {
        if (Date.now() > deadline) {
          throw new ConsortiumError(
            'DEPLOYMENT_FAILED',
            `${peer.name}.${organisation.name} does not answer from its new chaincode service: ${said}`,
            `See the logs: medaccord logs ${peer.name}.${organisation.name}`,
          );
        }
        await wait(POLL_MS);
      }
    } finally {
      admin.close();
    }
  }
}
