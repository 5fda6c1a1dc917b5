import { discovery, gossip, peer } from '@hyperledger/fabric-protos';
import type { NetworkIdentity, NetworkNode } from '../network.js';
import { connection, firstPeer, MAIN, org1, serialized, signAs } from './clients.js';

/** Asks a peer's discovery service, with a request that the identity signs. */
export async function discover(
  queries: readonly discovery.Query[],
  {
    identity = org1.identities.client,
    signer = identity,
    node = firstPeer(org1),
  }: { identity?: NetworkIdentity; signer?: NetworkIdentity; node?: NetworkNode } = {},
): Promise<discovery.QueryResult[]> {
  const authentication = new discovery.AuthInfo();
  authentication.setClientIdentity(serialized(identity));
  const request = new discovery.Request();
  request.setAuthentication(authentication);
  request.setQueriesList([...queries]);
  const signed = new discovery.SignedRequest();
  signed.setPayload(request.serializeBinary());
  signed.setSignature(await signAs(signer, signed.getPayload_asU8()));
  const { path, requestSerialize, responseDeserialize } = discovery.DiscoveryService.discover;
  return new Promise((resolve, reject) => {
    connection(node).makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      signed,
      { deadline: Date.now() + 15_000 },
      (error, response?: discovery.Response) => {
        if (error === null && response !== undefined) resolve(response.getResultsList());
        else reject(error ?? new Error('no answer'));
      },
    );
  });
}

export function query(fill: (query: discovery.Query) => void, channel = MAIN): discovery.Query {
  const made = new discovery.Query();
  made.setChannel(channel);
  fill(made);
  return made;
}

/** Endorsers of one chaincode, with the collections that are touched. */
export function endorsersQuery(chaincode: string, collections: readonly string[] = []): discovery.Query {
  return query((made) => {
    const call = new peer.ChaincodeCall();
    call.setName(chaincode);
    call.setCollectionNamesList([...collections]);
    const interest = new peer.ChaincodeInterest();
    interest.setChaincodesList([call]);
    const asked = new discovery.ChaincodeQuery();
    asked.setInterestsList([interest]);
    made.setCcQuery(asked);
  });
}

/** Where a discovered peer listens. */
export function endpointOf(found: discovery.Peer): string {
  const alive = gossip.GossipMessage.deserializeBinary(found.getMembershipInfo()?.getPayload_asU8() ?? EMPTY);
  return alive.getAliveMsg()?.getMembership()?.getEndpoint() ?? '';
}

/** How many blocks it has, as it says of itself. */
export function heightOf(found: discovery.Peer): number {
  const state = gossip.GossipMessage.deserializeBinary(found.getStateInfo()?.getPayload_asU8() ?? EMPTY);
  return state.getStateInfo()?.getProperties()?.getLedgerHeight() ?? 0;
}

const EMPTY = new Uint8Array();
