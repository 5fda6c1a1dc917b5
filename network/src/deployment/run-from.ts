import { peer } from '@hyperledger/fabric-protos';
import type { DefinitionResult, DefinitionToDeploy } from './definition.js';
import type { Deployer } from './deploy.js';
import { packageOf } from './lifecycle-client.js';

/**
 * Lets an organisation run a committed chaincode from another package: installed on its peers, and approved by it for the
 * sequence that is committed, which stays as it is. Does what is missing and nothing twice.
 * @throws DeploymentError (DEPLOYMENT_REFUSED).
 */
export async function runFrom(deployer: Deployer, chaincode: string): Promise<void> {
  const own = deployer.package;
  const client = deployer.peers[0]?.client;
  if (own === undefined || client === undefined) return;
  for (const one of deployer.peers) {
    if (!(await one.client.installed()).includes(own.id)) await one.client.install(own.bytes);
  }
  const committed = await client.committed(chaincode);
  if (committed === undefined) return;
  const sequence = committed.getSequence();
  const approval = await client.approved(chaincode, sequence);
  if (approval !== undefined && packageOf(approval) === own.id) return;
  await client.approve(definitionOf(chaincode, committed), sequence, own.id);
}

/** What is committed or approved, as organisations approve it. */
export function definitionOf(name: string, committed: DefinitionResult): DefinitionToDeploy {
  return {
    name,
    version: committed.getVersion(),
    initRequired: committed.getInitRequired(),
    policy: peer.ApplicationPolicy.deserializeBinary(committed.getValidationParameter_asU8()),
    collections: committed.getCollections() ?? new peer.CollectionConfigPackage(),
  };
}
