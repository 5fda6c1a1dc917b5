import { status, type handleUnaryCall } from '@grpc/grpc-js';
import { discovery, type peer } from '@hyperledger/fabric-protos';
import { checkAccess } from '../access/index.js';
import { checkCreator } from '../identity/index.js';
import type { ChannelLedger, MspManager } from '../parts.js';
import { rolePrincipal } from '../policy/index.js';
import { configResult } from './config-result.js';
import { DiscoveryError } from './discovery-error.js';
import { endorsementDescriptor, peersFor } from './endorsers.js';
import { discoveredPeer, type DiscoveredPeer } from './peer-messages.js';

export interface DiscoveryChannel {
  readonly ledger: ChannelLedger;
  /** Those that run at this moment. */
  peers(): readonly DiscoveredPeer[];
}

export interface DiscoveryOptions {
  /** Those that the peer has joined, by id. */
  readonly channels: ReadonlyMap<string, DiscoveryChannel>;
  /** All that run, whatever channels they have joined. */
  readonly peers: () => readonly DiscoveredPeer[];
  /** The peer's own organisation, whose admins alone may ask for the peers outside of channels. */
  readonly local: { readonly msps: MspManager; readonly mspId: string };
  readonly onInternalError: (error: unknown) => void;
}

type Answer = discovery.QueryResult;
const { QueryCase } = discovery.Query;

/** The handler of `discovery.Discovery/Discover`: each query of a signed request is answered or refused by itself. */
export function discoverHandler(
  options: DiscoveryOptions,
): handleUnaryCall<discovery.SignedRequest, discovery.Response> {
  return (call, callback) => {
    try {
      callback(null, discover(call.request, options));
    } catch (error) {
      if (error instanceof DiscoveryError) callback({ code: status.UNKNOWN, details: error.message });
      else {
        options.onInternalError(error);
        callback({ code: status.INTERNAL, details: 'internal error' });
      }
    }
  };
}

/** @throws DiscoveryError for a request that says not who asks. */
function discover(signed: discovery.SignedRequest, options: DiscoveryOptions): discovery.Response {
  const request = readRequest(signed);
  const asker = request.getAuthentication()?.getClientIdentity_asU8() ?? new Uint8Array();
  const response = new discovery.Response();
  response.setResultsList(
    request.getQueriesList().map((query) => {
      if (!mayAsk(query, signed, asker, options)) return failure('access denied');
      try {
        return answer(query, options);
      } catch (error) {
        if (error instanceof DiscoveryError) return failure(error.message);
        throw error;
      }
    }),
  );
  return response;
}

function readRequest(signed: discovery.SignedRequest): discovery.Request {
  let request: discovery.Request;
  try {
    request = discovery.Request.deserializeBinary(signed.getPayload_asU8());
  } catch {
    throw new DiscoveryError('failed parsing request');
  }
  const authentication = request.getAuthentication();
  if (authentication === undefined) {
    throw new DiscoveryError('access denied, no authentication info in request');
  }
  if (authentication.getClientIdentity_asU8().length === 0) {
    throw new DiscoveryError("access denied, client identity wasn't supplied");
  }
  return request;
}

/** On a channel its writers; without one the admins of the peer's own organisation, as is Fabric's default. */
function mayAsk(
  query: discovery.Query,
  signed: discovery.SignedRequest,
  asker: Uint8Array,
  { channels, local }: DiscoveryOptions,
): boolean {
  const channelId = query.getChannel();
  const ledger = channels.get(channelId)?.ledger;
  if (channelId !== '' && ledger === undefined) return false;
  try {
    const msps = ledger?.msps ?? local.msps;
    const identity = checkCreator(msps, asker, signed.getPayload_asU8(), signed.getSignature_asU8());
    if (ledger !== undefined) checkAccess(ledger, 'discover', identity);
    return ledger !== undefined || identity.satisfies(rolePrincipal(local.mspId, 'admin'));
  } catch {
    return false;
  }
}

function answer(query: discovery.Query, options: DiscoveryOptions): Answer {
  const channel = options.channels.get(query.getChannel());
  const kind = query.getQueryCase();
  if (channel === undefined) {
    return kind === QueryCase.LOCAL_PEERS ? members(options.peers()) : unknownType();
  }
  const { ledger } = channel;
  switch (kind) {
    case QueryCase.CONFIG_QUERY:
      return config(ledger);
    case QueryCase.PEER_QUERY:
      return channelMembers(channel, query.getPeerQuery()?.getFilter(), options.peers());
    case QueryCase.CC_QUERY:
      return endorsers(query.getCcQuery() ?? new discovery.ChaincodeQuery(), channel);
    default:
      return unknownType();
  }
}

function config(ledger: ChannelLedger): Answer {
  const result = new discovery.QueryResult();
  result.setConfigResult(configResult(ledger.configBlock));
  return result;
}

/** Organisations of whom a peer knows peers elsewhere are named too, with no peers. */
function channelMembers(
  { ledger, peers }: DiscoveryChannel,
  filter: peer.ChaincodeInterest | undefined,
  known: readonly DiscoveredPeer[],
): Answer {
  const result = members(peersFor(ledger, peers(), filter), ledger);
  const byOrganisation = result.getMembers()?.getPeersByOrgMap();
  for (const { signer } of known) {
    if (byOrganisation?.has(signer.mspId) === false) byOrganisation.set(signer.mspId, new discovery.Peers());
  }
  return result;
}

function members(peers: readonly DiscoveredPeer[], ledger?: ChannelLedger): Answer {
  const membership = new discovery.PeerMembershipResult();
  const byOrganisation = membership.getPeersByOrgMap();
  for (const one of peers) {
    const list = byOrganisation.get(one.signer.mspId) ?? new discovery.Peers();
    list.addPeers(discoveredPeer(one, ledger));
    byOrganisation.set(one.signer.mspId, list);
  }
  const result = new discovery.QueryResult();
  result.setMembers(membership);
  return result;
}

function endorsers(query: discovery.ChaincodeQuery, channel: DiscoveryChannel): Answer {
  const interests = query.getInterestsList();
  if (interests.length === 0) {
    throw new DiscoveryError('chaincode query must have at least one chaincode interest');
  }
  for (const interest of interests) {
    const names = interest.getChaincodesList().map((call) => call.getName());
    if (names.length === 0) {
      throw new DiscoveryError('chaincode interest must contain at least one chaincode');
    }
    if (names.includes('')) throw new DiscoveryError('chaincode name in interest cannot be empty');
  }
  const found = new discovery.ChaincodeQueryResult();
  found.setContentList(
    interests.map((interest) => {
      try {
        return endorsementDescriptor(channel.ledger, channel.peers(), interest);
      } catch (error) {
        if (!(error instanceof DiscoveryError)) throw error;
        const names = interest.getChaincodesList().map((call) => `chaincodes:{name:"${call.getName()}"}`);
        throw new DiscoveryError(`failed constructing descriptor for ${names.join(' ')}`);
      }
    }),
  );
  const result = new discovery.QueryResult();
  result.setCcQueryRes(found);
  return result;
}

function unknownType(): Answer {
  return failure('unknown or missing request type');
}

function failure(text: string): Answer {
  const error = new discovery.Error();
  error.setContent(text);
  const result = new discovery.QueryResult();
  result.setError(error);
  return result;
}
