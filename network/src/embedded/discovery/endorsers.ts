import { discovery, type common, type peer } from '@hyperledger/fabric-protos';
import type { ChaincodeDefinition, ChannelLedger, CollectionDefinition } from '../parts.js';
import { combinedLayouts, type Layout } from '../policy/index.js';
import { DiscoveryError } from './discovery-error.js';
import { discoveredPeer, type DiscoveredPeer } from './peer-messages.js';

/**
 * Which peers together can endorse a transaction that calls these chaincodes and collections and writes keys of these
 * policies: groups of peers, one for each organisation, and layouts that say how many of which group.
 * @throws DiscoveryError in Fabric's words where there are none.
 */
export function endorsementDescriptor(
  ledger: ChannelLedger,
  peers: readonly DiscoveredPeer[],
  interest: peer.ChaincodeInterest,
): discovery.EndorsementDescriptor {
  const calls = interest.getChaincodesList();
  const allowed = membersOf(ledger, calls);
  const able = peers.filter(({ signer }) => allowed(signer.mspId));
  const layouts = combinedLayouts(policiesOf(ledger, calls)).filter((layout) => isPossible(layout, able));
  if (layouts.length === 0) {
    throw new DiscoveryError('no peer combination can satisfy the endorsement policy');
  }
  const installed = able.filter((one) => runsAll(one, ledger, calls));
  const ready = layouts.filter((layout) => isPossible(layout, installed));
  if (ready.length === 0) {
    throw new DiscoveryError('required chaincodes are not installed on sufficient peers');
  }
  return descriptorOf(calls[0]?.getName() ?? '', ready, installed, ledger);
}

/** Peers that run these chaincodes and are members of the collections that are read; all without an interest. */
export function peersFor(
  ledger: ChannelLedger,
  peers: readonly DiscoveredPeer[],
  interest: peer.ChaincodeInterest | undefined,
): DiscoveredPeer[] {
  const calls = interest?.getChaincodesList() ?? [];
  const allowed = membersOf(ledger, calls);
  return peers.filter((one) => allowed(one.signer.mspId) && runsAll(one, ledger, calls));
}

function runsAll(one: DiscoveredPeer, { channelId }: ChannelLedger, calls: readonly peer.ChaincodeCall[]) {
  const known = one.chaincodes(channelId);
  return calls.every((call) => known.some(({ name }) => name === call.getName()));
}

/** Members of every collection that is read: nobody else can simulate the transaction. */
function membersOf(ledger: ChannelLedger, calls: readonly peer.ChaincodeCall[]): (mspId: string) => boolean {
  const collections = calls.flatMap((call) => {
    const definition = definitionOf(ledger, call);
    return call.getNoPrivateReads() ? [] : collectionsOf(ledger, definition, call);
  });
  return (mspId) => collections.every(({ memberOrgs }) => memberOrgs.includes(mspId));
}

/** As Fabric adds them up: a collection's policy replaces the chaincode's; a key's may replace either. */
function policiesOf(
  ledger: ChannelLedger,
  calls: readonly peer.ChaincodeCall[],
): common.SignaturePolicyEnvelope[] {
  return calls.flatMap((call) => {
    const definition = definitionOf(ledger, call);
    const collections = collectionsOf(ledger, definition, call);
    const own =
      collections.length === 0
        ? [definition.endorsementPolicy]
        : collections.map(({ endorsementPolicy }) => endorsementPolicy);
    const ofKeys = call.getKeyPoliciesList();
    if (!call.getDisregardNamespacePolicy()) return [...own, ...ofKeys];
    if (own.length === 1 && ofKeys.length === 0) {
      throw new DiscoveryError(
        `requested to disregard chaincode ${call.getName()}'s policy but key and collection policies are missing, ` +
          'either disable DisregardNamespacePolicy or specify at least one key policy or at least one collection policy',
      );
    }
    return [...own.slice(1), ...ofKeys];
  });
}

function definitionOf(ledger: ChannelLedger, call: peer.ChaincodeCall): ChaincodeDefinition {
  const definition = ledger.chaincode(call.getName());
  if (definition === undefined) throw noMetadata(ledger, call);
  return definition;
}

function collectionsOf(
  ledger: ChannelLedger,
  definition: ChaincodeDefinition,
  call: peer.ChaincodeCall,
): CollectionDefinition[] {
  return call.getCollectionNamesList().map((name) => {
    const collection = definition.collection(name);
    if (collection === undefined) throw noMetadata(ledger, call);
    return collection;
  });
}

function noMetadata({ channelId }: ChannelLedger, call: peer.ChaincodeCall): DiscoveryError {
  return new DiscoveryError(`No metadata was found for chaincode ${call.getName()} in channel ${channelId}`);
}

function isPossible(layout: Layout, peers: readonly DiscoveredPeer[]): boolean {
  return [...layout].every(
    ([mspId, count]) => peers.filter(({ signer }) => signer.mspId === mspId).length >= count,
  );
}

function descriptorOf(
  chaincode: string,
  layouts: readonly Layout[],
  peers: readonly DiscoveredPeer[],
  ledger: ChannelLedger,
): discovery.EndorsementDescriptor {
  const organisations = [...new Set(layouts.flatMap((layout) => [...layout.keys()]))].sort();
  const groupOf = (mspId: string): string => `G${String(organisations.indexOf(mspId))}`;
  const descriptor = new discovery.EndorsementDescriptor();
  descriptor.setChaincode(chaincode);
  for (const mspId of organisations) {
    const group = new discovery.Peers();
    const members = peers.filter(({ signer }) => signer.mspId === mspId);
    group.setPeersList(members.map((one) => discoveredPeer(one, ledger)));
    descriptor.getEndorsersByGroupsMap().set(groupOf(mspId), group);
  }
  descriptor.setLayoutsList(
    layouts.map((layout) => {
      const message = new discovery.Layout();
      for (const [mspId, count] of layout) message.getQuantitiesByGroupMap().set(groupOf(mspId), count);
      return message;
    }),
  );
  return descriptor;
}
