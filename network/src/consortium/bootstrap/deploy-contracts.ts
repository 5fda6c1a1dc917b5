import {
  applicationPolicy,
  awaitEndorsers,
  collectionsOf,
  contractPackages,
  deploy,
  DeploymentError,
  homeDeployers,
} from '../../deployment/index.js';
import { chaincodeDefinition, runsInProcess, type ConsortiumTopology } from '../../topology/index.js';
import type { EngineName } from '../engine.js';
import { ConsortiumError } from '../errors.js';

/**
 * Installs, approves and commits the consortium's own contracts as the topology defines them: each organisation's
 * admin for its own. Does what is missing and nothing twice.
 * @returns a sentence about what is committed.
 * @throws ConsortiumError DEPLOYMENT_FAILED.
 */
export async function deployContracts(
  home: string,
  topology: ConsortiumTopology,
  engine: EngineName,
  note: (text: string) => void,
): Promise<string> {
  const plan = chaincodeDefinition(topology);
  const isInProcess = engine === 'embedded' && runsInProcess(topology);
  const packages = contractPackages(topology, engine === 'fabric');
  const { deployers, close } = homeDeployers(home, topology.channel, topology.organisations, ({ name }) =>
    // In the ledger's process it registers as one that dials in does, without a package.
    isInProcess ? undefined : packages.get(name),
  );
  try {
    const done = await deploy(
      {
        definition: {
          name: plan.name,
          version: plan.version,
          sequence: plan.sequence,
          initRequired: false,
          policy: applicationPolicy(plan.endorsementPolicy),
          collections: collectionsOf(plan.collectionsConfig),
        },
        deployers,
      },
      note,
    );
    await awaitEndorsers(home, topology.channel, topology.organisations, plan.name);
    const what = `${plan.name} ${plan.version}, sequence ${done.sequence}`;
    return done.committed ? `${what} committed` : `${what} is committed`;
  } catch (error) {
    if (!(error instanceof DeploymentError)) throw error;
    throw new ConsortiumError(
      'DEPLOYMENT_FAILED',
      `deploying ${plan.name}: ${error.message}`,
      hintFor(error),
      error,
    );
  } finally {
    close();
  }
}

function hintFor(error: DeploymentError): string {
  return error.code === 'DEFINITION_DIFFERS' || error.code === 'SEQUENCE_WRONG'
    ? `${error.hint ?? ''} It is \`chaincode.sequence\` in the topology.`.trim()
    : (error.hint ?? 'See the logs: medaccord logs ledger, medaccord logs chaincode');
}
