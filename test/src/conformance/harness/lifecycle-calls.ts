import type { Contract } from '@hyperledger/fabric-gateway';
import { common, peer } from '@hyperledger/fabric-protos';
import type { NetworkIdentity, NetworkOrganisation } from '../network.js';
import { submitWith } from './calls.js';
import { channelOf, MAIN } from './clients.js';

const { lifecycle } = peer;

/** What organisations approve and commit. */
export interface Definition {
  readonly name: string;
  readonly version: string;
  readonly sequence: number;
  /** Marshalled SignaturePolicyEnvelope, as base64. */
  readonly policy: string;
}

interface DefinitionArguments {
  setName(value: string): unknown;
  setVersion(value: string): unknown;
  setSequence(value: number): unknown;
  setValidationParameter(value: Uint8Array): unknown;
}

function filled<T extends DefinitionArguments>(args: T, { name, version, sequence, policy }: Definition): T {
  const application = new peer.ApplicationPolicy();
  application.setSignaturePolicy(
    common.SignaturePolicyEnvelope.deserializeBinary(Buffer.from(policy, 'base64')),
  );
  args.setName(name);
  args.setVersion(version);
  args.setSequence(sequence);
  args.setValidationParameter(application.serializeBinary());
  return args;
}

function lifecycleOf(identity: NetworkIdentity, channel = MAIN): Contract {
  return channelOf(identity, channel).getContract('_lifecycle');
}

/** At the peers of the identity's own organisation. */
async function evaluateOwn(
  identity: NetworkIdentity,
  name: string,
  args: { serializeBinary(): Uint8Array },
  channel = MAIN,
): Promise<Uint8Array> {
  return lifecycleOf(identity, channel).evaluate(name, {
    arguments: [args.serializeBinary()],
    endorsingOrganizations: [identity.mspId],
  });
}

/** @returns the verdict on the approval. */
export async function approve(
  organisation: NetworkOrganisation,
  definition: Definition,
  by: NetworkIdentity = organisation.identities.admin,
): Promise<string> {
  const args = filled(new lifecycle.ApproveChaincodeDefinitionForMyOrgArgs(), definition);
  const source = new lifecycle.ChaincodeSource();
  source.setUnavailable(new lifecycle.ChaincodeSource.Unavailable());
  args.setSource(source);
  const done = await submitWith(lifecycleOf(by), 'ApproveChaincodeDefinitionForMyOrg', {
    arguments: [args.serializeBinary()],
    endorsingOrganizations: [organisation.mspId],
  });
  return done.code;
}

/** @returns the verdict on the commit. */
export async function commit(
  organisation: NetworkOrganisation,
  definition: Definition,
  endorsers: readonly NetworkOrganisation[],
): Promise<string> {
  const args = filled(new lifecycle.CommitChaincodeDefinitionArgs(), definition);
  const done = await submitWith(lifecycleOf(organisation.identities.admin), 'CommitChaincodeDefinition', {
    arguments: [args.serializeBinary()],
    endorsingOrganizations: endorsers.map(({ mspId }) => mspId),
  });
  return done.code;
}

/** Who has approved exactly this definition, by MSP id. */
export async function checkReadiness(
  organisation: NetworkOrganisation,
  definition: Definition,
): Promise<Record<string, boolean>> {
  const args = filled(new lifecycle.CheckCommitReadinessArgs(), definition);
  const bytes = await evaluateOwn(organisation.identities.admin, 'CheckCommitReadiness', args);
  const approvals: Record<string, boolean> = {};
  lifecycle.CheckCommitReadinessResult.deserializeBinary(bytes)
    .getApprovalsMap()
    .forEach((isApproved, mspId) => {
      approvals[mspId] = isApproved;
    });
  return approvals;
}

export async function committedDefinition(
  identity: NetworkIdentity,
  name: string,
): Promise<peer.lifecycle.QueryChaincodeDefinitionResult> {
  const args = new lifecycle.QueryChaincodeDefinitionArgs();
  args.setName(name);
  const bytes = await evaluateOwn(identity, 'QueryChaincodeDefinition', args);
  return lifecycle.QueryChaincodeDefinitionResult.deserializeBinary(bytes);
}

export async function committedNames(identity: NetworkIdentity, channel = MAIN): Promise<string[]> {
  const args = new lifecycle.QueryChaincodeDefinitionsArgs();
  const bytes = await evaluateOwn(identity, 'QueryChaincodeDefinitions', args, channel);
  return lifecycle.QueryChaincodeDefinitionsResult.deserializeBinary(bytes)
    .getChaincodeDefinitionsList()
    .map((definition) => definition.getName());
}

export async function installedPackages(
  identity: NetworkIdentity,
): Promise<peer.lifecycle.QueryInstalledChaincodesResult.InstalledChaincode[]> {
  const args = new lifecycle.QueryInstalledChaincodesArgs();
  const bytes = await evaluateOwn(identity, 'QueryInstalledChaincodes', args);
  return lifecycle.QueryInstalledChaincodesResult.deserializeBinary(bytes).getInstalledChaincodesList();
}
