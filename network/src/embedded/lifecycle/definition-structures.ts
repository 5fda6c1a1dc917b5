import { peer } from '@hyperledger/fabric-protos';
import {
  readField,
  readMetadata,
  requireType,
  type ReadableState,
  type Structure,
} from './state-structure.js';
import { LifecycleError } from './lifecycle-error.js';

const { ChaincodeEndorsementInfo, ChaincodeValidationInfo } = peer.lifecycle;

/** Name of the state's part that holds definitions, public ones and approvals. */
export const NAMESPACES = 'namespaces';
/** Part of an organisation's own state: which package it runs for a definition. */
export const SOURCES = 'chaincode-sources';
export const DEFINITION_TYPE = 'ChaincodeDefinition';
const PARAMETERS_TYPE = 'ChaincodeParameters';
const PACKAGE_TYPE = 'ChaincodeLocalPackage';

/** What organisations agree on, apart from name and sequence. */
export interface Parameters {
  readonly version: string;
  readonly endorsementPlugin: string;
  readonly initRequired: boolean;
  readonly validationPlugin: string;
  /** Marshalled protos.ApplicationPolicy. */
  readonly validationParameter: Uint8Array;
  /** Marshalled protos.CollectionConfigPackage. */
  readonly collections: Uint8Array;
}
export interface Definition extends Parameters {
  readonly sequence: number;
}

/** The messages that carry a definition: arguments of approve, check and commit. */
export interface DefinitionMessage {
  getSequence(): number;
  getVersion(): string;
  getEndorsementPlugin(): string;
  getValidationPlugin(): string;
  getValidationParameter_asU8(): Uint8Array;
  getInitRequired(): boolean;
  getCollections(): peer.CollectionConfigPackage | undefined;
}

export function definitionOfMessage(message: DefinitionMessage): Definition {
  return {
    sequence: message.getSequence(),
    version: message.getVersion(),
    endorsementPlugin: message.getEndorsementPlugin(),
    initRequired: message.getInitRequired(),
    validationPlugin: message.getValidationPlugin(),
    validationParameter: message.getValidationParameter_asU8(),
    collections: message.getCollections()?.serializeBinary() ?? new Uint8Array(),
  };
}

function parameterFields(parameters: Parameters): Structure['fields'] {
  const endorsement = new ChaincodeEndorsementInfo();
  endorsement.setVersion(parameters.version);
  endorsement.setInitRequired(parameters.initRequired);
  endorsement.setEndorsementPlugin(parameters.endorsementPlugin);
  const validation = new ChaincodeValidationInfo();
  validation.setValidationPlugin(parameters.validationPlugin);
  validation.setValidationParameter(parameters.validationParameter);
  return [
    ['EndorsementInfo', { bytes: endorsement.serializeBinary() }],
    ['ValidationInfo', { bytes: validation.serializeBinary() }],
    ['Collections', { bytes: parameters.collections }],
  ];
}

export function definitionStructure(definition: Definition): Structure {
  return {
    type: DEFINITION_TYPE,
    fields: [['Sequence', { number: definition.sequence }], ...parameterFields(definition)],
  };
}
export function parametersStructure(parameters: Parameters): Structure {
  return { type: PARAMETERS_TYPE, fields: parameterFields(parameters) };
}
export function packageStructure(packageId: string): Structure {
  return { type: PACKAGE_TYPE, fields: [['PackageID', { text: packageId }]] };
}

/** An organisation's approval goes under the name and the sequence it is for. */
export function privateName(chaincode: string, sequence: number): string {
  return `${chaincode}#${String(sequence)}`;
}

/** 0 where nothing is committed yet. */
export function readSequence(state: ReadableState, chaincode: string): number {
  return readField(state, NAMESPACES, chaincode, 'Sequence').number;
}

/** @returns undefined where it is not defined. @throws LifecycleError where it is no chaincode. */
export function readDefinition(state: ReadableState, chaincode: string): Definition | undefined {
  const metadata = readMetadata(state, NAMESPACES, chaincode);
  if (metadata === undefined) return undefined;
  requireType(metadata, DEFINITION_TYPE);
  return { sequence: readSequence(state, chaincode), ...readParameterFields(state, chaincode) };
}

/** What an organisation approved under `name#sequence`. */
export function readApproval(state: ReadableState, name: string): Parameters | undefined {
  const metadata = readMetadata(state, NAMESPACES, name);
  if (metadata === undefined) return undefined;
  if (metadata.getDatatype() !== PARAMETERS_TYPE) {
    throw new LifecycleError(`not a chaincode parameters type: ${metadata.getDatatype()}`);
  }
  return readParameterFields(state, name);
}

/** @returns undefined where no source was approved; '' where the chaincode is not to run. */
export function readPackageId(state: ReadableState, name: string): string | undefined {
  const metadata = readMetadata(state, SOURCES, name);
  if (metadata === undefined) return undefined;
  if (metadata.getDatatype() !== PACKAGE_TYPE) {
    throw new LifecycleError(`not a chaincode local package type: ${metadata.getDatatype()}`);
  }
  return readField(state, SOURCES, name, 'PackageID').text;
}

function readParameterFields(state: ReadableState, name: string): Parameters {
  const bytes = (field: string): Uint8Array => readField(state, NAMESPACES, name, field).bytes;
  const endorsement = ChaincodeEndorsementInfo.deserializeBinary(bytes('EndorsementInfo'));
  const validation = ChaincodeValidationInfo.deserializeBinary(bytes('ValidationInfo'));
  return {
    version: endorsement.getVersion(),
    endorsementPlugin: endorsement.getEndorsementPlugin(),
    initRequired: endorsement.getInitRequired(),
    validationPlugin: validation.getValidationPlugin(),
    validationParameter: validation.getValidationParameter_asU8(),
    collections: bytes('Collections'),
  };
}

/** How `found` differs from `expected`, in Fabric's words; undefined where they are equal. */
export function difference(expected: Parameters, found: Parameters): string | undefined {
  const differs = (what: string, a: string, b: string): string | undefined =>
    a === b ? undefined : `expected ${what} '${a}' does not match passed ${what} '${b}'`;
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return (
    differs('Version', expected.version, found.version) ??
    differs('EndorsementPlugin', expected.endorsementPlugin, found.endorsementPlugin) ??
    differs('InitRequired', String(expected.initRequired), String(found.initRequired)) ??
    differs('ValidationPlugin', expected.validationPlugin, found.validationPlugin) ??
    differs('ValidationParameter', hex(expected.validationParameter), hex(found.validationParameter)) ??
    (hex(expected.collections) === hex(found.collections) ? undefined : 'Collections do not match')
  );
}
