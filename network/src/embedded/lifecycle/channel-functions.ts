import { peer } from '@hyperledger/fabric-protos';
import type { StateAccess, StateEntry } from '../chaincode/index.js';
import type { ChannelLedger } from '../parts.js';
import { implicitCollection } from './chaincode-definition.js';
import { approvals, approve, checkReadiness, commit, withDefaults } from './definition-changes.js';
import { checkDefinition } from './definition-checks.js';
import {
  definitionOfMessage,
  DEFINITION_TYPE,
  NAMESPACES,
  privateName,
  readApproval,
  readDefinition,
  readPackageId,
  readSequence,
  type Definition,
  type DefinitionMessage,
  type Parameters,
} from './definition-structures.js';
import { LifecycleError } from './lifecycle-error.js';
import {
  readAllMetadata,
  readMetadata,
  type OpaqueState,
  type RangeableState,
  type WritableState,
} from './state-structure.js';

/** Where a function of `_lifecycle` runs: the simulated state of the channel, at one organisation's peer. */
export interface LifecycleContext {
  readonly ledger: ChannelLedger;
  readonly state: StateAccess;
  readonly peerMspId: string;
}

interface ChannelFunction {
  /** True: for admins of the peer's organisation. False: for the channel's writers. */
  readonly admins: boolean;
  run(argument: Uint8Array, context: LifecycleContext): Promise<Uint8Array>;
}

const { lifecycle } = peer;
const AFTER_ASCII = '\x7f';

const admins = (run: (argument: Uint8Array, context: LifecycleContext) => Uint8Array): ChannelFunction => ({
  admins: true,
  run: (argument, context) => Promise.resolve(run(argument, context)),
});
const writers = (run: (argument: Uint8Array, context: LifecycleContext) => Uint8Array): ChannelFunction => ({
  admins: false,
  run: (argument, context) => Promise.resolve(run(argument, context)),
});

/** The functions of `_lifecycle` that read or write the channel's state. */
export const CHANNEL_FUNCTIONS: ReadonlyMap<string, ChannelFunction> = new Map([
  ['ApproveChaincodeDefinitionForMyOrg', admins(approveForMyOrg)],
  ['QueryApprovedChaincodeDefinition', admins(queryApproved)],
  ['QueryApprovedChaincodeDefinitions', admins(queryAllApproved)],
  ['CheckCommitReadiness', writers(checkCommitReadiness)],
  ['CommitChaincodeDefinition', writers(commitDefinition)],
  ['QueryChaincodeDefinition', writers(queryDefinition)],
  ['QueryChaincodeDefinitions', writers(queryDefinitions)],
]);

function approveForMyOrg(argument: Uint8Array, context: LifecycleContext): Uint8Array {
  const args = lifecycle.ApproveChaincodeDefinitionForMyOrgArgs.deserializeBinary(argument);
  const proposed = checked(args.getName(), args, context);
  const packageId = args.getSource()?.getLocalPackage()?.getPackageId() ?? '';
  const own = stateOf(context.state, implicitCollection(context.peerMspId));
  approve(args.getName(), proposed, packageId, stateOf(context.state, ''), own);
  return new lifecycle.ApproveChaincodeDefinitionForMyOrgResult().serializeBinary();
}

function commitDefinition(argument: Uint8Array, context: LifecycleContext): Uint8Array {
  const args = lifecycle.CommitChaincodeDefinitionArgs.deserializeBinary(argument);
  const name = args.getName();
  const proposed = checked(name, args, context);
  const publicState = stateOf(context.state, '');
  const { approved } = checkReadiness(name, proposed, publicState, opaqueStates(context));
  commit(name, proposed, publicState);
  if (approved.get(context.peerMspId) !== true) {
    throw new LifecycleError(`chaincode definition not agreed to by this org (${context.peerMspId})`);
  }
  return new lifecycle.CommitChaincodeDefinitionResult().serializeBinary();
}

/** What approve and commit look at before anything else. */
function checked(name: string, message: DefinitionMessage, context: LifecycleContext): Definition {
  const { ledger, state } = context;
  const proposed = definitionOfMessage(message);
  checkDefinition(name, proposed, readDefinition(stateOf(state, ''), name), ledger.msps);
  return withDefaults(proposed, ledger.channelId, ledger.policies);
}

function checkCommitReadiness(argument: Uint8Array, context: LifecycleContext): Uint8Array {
  const args = lifecycle.CheckCommitReadinessArgs.deserializeBinary(argument);
  const { ledger } = context;
  const proposed = withDefaults(definitionOfMessage(args), ledger.channelId, ledger.policies);
  const found = checkReadiness(args.getName(), proposed, stateOf(context.state, ''), opaqueStates(context));
  const result = new lifecycle.CheckCommitReadinessResult();
  for (const [mspId, approved] of found.approved) result.getApprovalsMap().set(mspId, approved);
  for (const [mspId, items] of found.mismatches) {
    const differing = new lifecycle.CheckCommitReadinessResult.Mismatches();
    differing.setItemsList([...items]);
    result.getMismatchesMap().set(mspId, differing);
  }
  return result.serializeBinary();
}

function queryDefinition(argument: Uint8Array, context: LifecycleContext): Uint8Array {
  const name = lifecycle.QueryChaincodeDefinitionArgs.deserializeBinary(argument).getName();
  const definition = readDefinition(stateOf(context.state, ''), name);
  if (definition === undefined) throw new LifecycleError(`namespace ${name} is not defined`, 404);
  const result = new lifecycle.QueryChaincodeDefinitionResult();
  fill(result, definition.sequence, definition);
  for (const [mspId, approved] of approvals(name, definition, opaqueStates(context)).approved) {
    result.getApprovalsMap().set(mspId, approved);
  }
  return result.serializeBinary();
}

function queryDefinitions(_argument: Uint8Array, { state }: LifecycleContext): Uint8Array {
  const result = new lifecycle.QueryChaincodeDefinitionsResult();
  const publicState = stateOf(state, '');
  for (const { name, metadata } of readAllMetadata(publicState, NAMESPACES)) {
    const definition =
      metadata.getDatatype() === DEFINITION_TYPE ? readDefinition(publicState, name) : undefined;
    if (definition === undefined) continue;
    const entry = result.addChaincodeDefinitions();
    entry.setName(name);
    fill(entry, definition.sequence, definition);
  }
  return result.serializeBinary();
}

function queryApproved(argument: Uint8Array, context: LifecycleContext): Uint8Array {
  const args = lifecycle.QueryApprovedChaincodeDefinitionArgs.deserializeBinary(argument);
  const { state, ledger, peerMspId } = context;
  const own = stateOf(state, implicitCollection(peerMspId));
  const name = args.getName();
  const sequence = args.getSequence() || latestApproved(name, stateOf(state, ''), own);
  const approval = readApproval(own, privateName(name, sequence));
  if (approval === undefined) {
    throw new LifecycleError(
      `could not fetch approved chaincode definition (name: '${name}', sequence: '${String(sequence)}') on channel '${ledger.channelId}'`,
    );
  }
  const result = new lifecycle.QueryApprovedChaincodeDefinitionResult();
  fill(result, sequence, approval);
  result.setSource(sourceOf(own, privateName(name, sequence)));
  return result.serializeBinary();
}

/** The next sequence where it is approved already, else the committed one. */
function latestApproved(name: string, publicState: WritableState, own: WritableState): number {
  const current = readSequence(publicState, name);
  return readMetadata(own, NAMESPACES, privateName(name, current + 1)) === undefined ? current : current + 1;
}

function queryAllApproved(_argument: Uint8Array, { state, peerMspId }: LifecycleContext): Uint8Array {
  const own = stateOf(state, implicitCollection(peerMspId));
  const result = new lifecycle.QueryApprovedChaincodeDefinitionsResult();
  for (const { name: key } of readAllMetadata(own, NAMESPACES)) {
    const [name = '', sequence = ''] = key.split('#');
    const approval = readApproval(own, key);
    if (approval === undefined) continue;
    const entry = result.addApprovedChaincodeDefinitions();
    entry.setName(name);
    fill(entry, Number(sequence), approval);
    entry.setSource(sourceOf(own, key));
  }
  return result.serializeBinary();
}

function sourceOf(own: WritableState, key: string): peer.lifecycle.ChaincodeSource {
  const packageId = readPackageId(own, key);
  if (packageId === undefined) {
    throw new LifecycleError(`could not fetch chaincode-source metadata for ${key}`);
  }
  const source = new lifecycle.ChaincodeSource();
  if (packageId === '') source.setUnavailable(new lifecycle.ChaincodeSource.Unavailable());
  else {
    const local = new lifecycle.ChaincodeSource.Local();
    local.setPackageId(packageId);
    source.setLocalPackage(local);
  }
  return source;
}

/** The result messages that describe a definition; all have the same setters. */
interface DefinitionResult {
  setSequence(value: number): void;
  setVersion(value: string): void;
  setEndorsementPlugin(value: string): void;
  setValidationPlugin(value: string): void;
  setValidationParameter(value: Uint8Array): void;
  setInitRequired(value: boolean): void;
  setCollections(value?: peer.CollectionConfigPackage): void;
}

function fill(result: DefinitionResult, sequence: number, parameters: Parameters): void {
  result.setSequence(sequence);
  result.setVersion(parameters.version);
  result.setEndorsementPlugin(parameters.endorsementPlugin);
  result.setValidationPlugin(parameters.validationPlugin);
  result.setValidationParameter(parameters.validationParameter);
  result.setInitRequired(parameters.initRequired);
  result.setCollections(peer.CollectionConfigPackage.deserializeBinary(parameters.collections));
}

/** The simulated state of `_lifecycle`; an empty collection is the public one. */
function stateOf(state: StateAccess, collection: string): WritableState & RangeableState {
  return {
    get: (key) => state.get(collection, key),
    put: (key, value) => {
      state.put(collection, key, value);
    },
    delete: (key) => {
      state.delete(collection, key);
    },
    *range(prefix): Iterable<StateEntry> {
      const cursor = state.range(collection, prefix, `${prefix}${AFTER_ASCII}`);
      for (let entry = cursor.next(); entry !== undefined; entry = cursor.next()) yield entry;
    },
  };
}

function opaqueStates({ ledger, state }: LifecycleContext): OpaqueState[] {
  return ledger.policies.organisations.map(({ mspId }) => ({
    mspId,
    hash: (key) => state.privateHash(implicitCollection(mspId), key),
  }));
}
