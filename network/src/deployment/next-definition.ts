import { peer } from '@hyperledger/fabric-protos';
import type { DefinitionToDeploy } from './definition.js';
import type { ChaincodePackage, Deployer } from './deploy.js';
import { DeploymentError } from './deployment-error.js';
import { packageOf, type LifecycleClient } from './lifecycle-client.js';
import { definitionOf } from './run-from.js';

/** What of a committed definition is to be another; the rest stays. */
export interface DefinitionChange {
  readonly version?: string | undefined;
  readonly policy?: peer.ApplicationPolicy | undefined;
  /** Take the place of those of the same names; the others stay, as Fabric drops none. */
  readonly collections?: peer.CollectionConfigPackage | undefined;
}

/** A definition to follow the committed one. */
export interface NextDefinition {
  readonly definition: DefinitionToDeploy;
  /** That is committed now. */
  readonly sequence: number;
}

/** @throws DeploymentError CHAINCODE_UNKNOWN where nothing of that name is committed. */
export async function changedDefinition(
  client: LifecycleClient,
  name: string,
  change: DefinitionChange,
): Promise<NextDefinition> {
  const committed = await requireCommitted(client, name);
  const current = definitionOf(name, committed);
  return {
    sequence: committed.getSequence(),
    definition: {
      ...current,
      version: change.version ?? current.version,
      policy: change.policy ?? current.policy,
      collections: withCollections(current.collections, change.collections),
    },
  };
}

/**
 * What an earlier sequence said, as that organisation approved it, with all collections that there are by now.
 * @throws DeploymentError CHAINCODE_UNKNOWN, NOTHING_BEFORE.
 */
export async function definitionBefore(
  client: LifecycleClient,
  name: string,
  sequence: number,
): Promise<NextDefinition> {
  const committed = await requireCommitted(client, name);
  const current = committed.getSequence();
  const before = sequence < current ? await client.approved(name, sequence) : undefined;
  if (before === undefined) {
    throw new DeploymentError(
      'NOTHING_BEFORE',
      `${name} is at sequence ${String(current)}, and has no earlier one ${String(sequence)} that this organisation approved`,
    );
  }
  const { collections } = definitionOf(name, committed);
  return { sequence: current, definition: { ...definitionOf(name, before), collections } };
}

/** What an organisation has its peers run for a sequence; installed already. */
export async function approvedPackage(
  { peers: [first] }: Pick<Deployer, 'peers'>,
  name: string,
  sequence: number,
): Promise<ChaincodePackage | undefined> {
  const approval = await first?.client.approved(name, sequence);
  const id = approval && packageOf(approval);
  // Nobody installs it again: its content is not needed.
  return id === undefined ? undefined : { id, bytes: new Uint8Array() };
}

async function requireCommitted(
  client: LifecycleClient,
  name: string,
): Promise<peer.lifecycle.QueryChaincodeDefinitionResult> {
  const committed = await client.committed(name);
  if (committed !== undefined) return committed;
  throw new DeploymentError('CHAINCODE_UNKNOWN', `no chaincode ${name} is committed on that channel`, {
    hint: 'See what there is: medaccord chaincode list',
  });
}

function withCollections(
  current: peer.CollectionConfigPackage,
  change: peer.CollectionConfigPackage | undefined,
): peer.CollectionConfigPackage {
  if (change === undefined) return current;
  const nameOf = (entry: peer.CollectionConfig) => entry.getStaticCollectionConfig()?.getName();
  const wanted = change.getConfigList();
  const known = current.getConfigList();
  const merged = new peer.CollectionConfigPackage();
  merged.setConfigList([
    ...known.map((entry) => wanted.find((other) => nameOf(other) === nameOf(entry)) ?? entry),
    ...wanted.filter((entry) => known.every((other) => nameOf(other) !== nameOf(entry))),
  ]);
  return merged;
}
