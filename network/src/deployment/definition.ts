import { peer } from '@hyperledger/fabric-protos';
import { parsePolicy, PolicyError } from '../embedded/policy/index.js';
import { DeploymentError } from './deployment-error.js';

/** What organisations approve and commit for a chaincode. */
export interface DefinitionToDeploy {
  readonly name: string;
  readonly version: string;
  /** Undefined: the committed one where it says the same, else the next. */
  readonly sequence?: number;
  readonly initRequired: boolean;
  readonly policy: peer.ApplicationPolicy;
  readonly collections: peer.CollectionConfigPackage;
}

const DEFAULT_POLICY = '/Channel/Application/Endorsement';

/**
 * A chaincode's policy: in Fabric's policy language, or the path of one of the channel's. Undefined: Fabric's
 * default, a majority of the channel's organisations.
 * @throws DeploymentError (POLICY_SYNTAX) with the place.
 */
export function applicationPolicy(text: string = DEFAULT_POLICY): peer.ApplicationPolicy {
  const policy = new peer.ApplicationPolicy();
  if (text.startsWith('/')) policy.setChannelConfigPolicyReference(text);
  else {
    try {
      policy.setSignaturePolicy(parsePolicy(text));
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      throw new DeploymentError('POLICY_SYNTAX', error.message, {
        hint: `Write it as AND('Org1MSP.peer', OR('Org2MSP.peer', 'Org3MSP.peer')), or OutOf(2, …)`,
        cause: error,
      });
    }
  }
  return policy;
}

/** The messages of `_lifecycle` that carry a definition: what it is asked to approve, check or commit. */
export interface DefinitionArguments {
  setName(value: string): void;
  setVersion(value: string): void;
  setSequence(value: number): void;
  setEndorsementPlugin(value: string): void;
  setValidationPlugin(value: string): void;
  setValidationParameter(value: Uint8Array): void;
  setInitRequired(value: boolean): void;
  setCollections(value?: peer.CollectionConfigPackage): void;
}

export function fillArguments(
  args: DefinitionArguments,
  definition: DefinitionToDeploy,
  sequence: number,
): void {
  args.setName(definition.name);
  args.setVersion(definition.version);
  args.setSequence(sequence);
  args.setEndorsementPlugin('escc');
  args.setValidationPlugin('vscc');
  args.setValidationParameter(definition.policy.serializeBinary());
  args.setInitRequired(definition.initRequired);
  args.setCollections(definition.collections);
}

/** What the ledger answers about a definition. */
export interface DefinitionResult {
  getVersion(): string;
  getEndorsementPlugin(): string;
  getValidationPlugin(): string;
  getValidationParameter_asU8(): Uint8Array;
  getInitRequired(): boolean;
  getCollections(): peer.CollectionConfigPackage | undefined;
}

/** What of a definition the ledger has otherwise; empty: nothing. */
export function differences(definition: DefinitionToDeploy, found: DefinitionResult): string[] {
  const isEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
  const collections = found.getCollections()?.serializeBinary() ?? new Uint8Array();
  return [
    ...(found.getVersion() === definition.version ? [] : ['version']),
    ...(found.getInitRequired() === definition.initRequired ? [] : ['init-required']),
    ...(found.getEndorsementPlugin() === 'escc' && found.getValidationPlugin() === 'vscc' ? [] : ['plugins']),
    ...(isEqual(found.getValidationParameter_asU8(), definition.policy.serializeBinary()) ? [] : ['policy']),
    ...(isEqual(collections, definition.collections.serializeBinary()) ? [] : ['collections']),
  ];
}
