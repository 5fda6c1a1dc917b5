/**
 * What the conformance suite knows of a Fabric network, and all it may do with one. An engine provides it
 * (`engines/`); the scenarios use these types, Fabric's public client API and the shim's, and nothing else.
 */

/** A certificate and its key, both PEM, of a member of one organisation. */
export interface NetworkIdentity {
  readonly mspId: string;
  readonly certificate: string;
  readonly privateKey: string;
}

export interface NetworkNode {
  /** `peer0.org1.example`. */
  readonly name: string;
  readonly mspId: string;
  /** `localhost:7051`, as the network itself names it in error details and block 0. */
  readonly endpoint: string;
  /** PEM of the authorities of its TLS certificate. */
  readonly tlsRoots: string;
}

/** An authority by Fabric CA's REST API. */
export interface CertificateService {
  /** `https://localhost:7054`, without a path. */
  readonly url: string;
  readonly name: string;
  /** PEM. */
  readonly tlsRoots: string;
}

export interface NetworkOrganisation {
  readonly name: string;
  readonly mspId: string;
  /** At least one; where the engine `canStopPeers`, the first organisation has two. */
  readonly peers: readonly NetworkNode[];
  /** PEM of the authority that its members' certificates come from. */
  readonly authority: string;
  /** The same authority as a service; the organisation's admin is a registrar there. */
  readonly certificateService: CertificateService;
  readonly identities: OrganisationIdentities;
}

/** Who the scenarios act as. All but `admin` and `endorser` have the node OU `client`. */
export interface OrganisationIdentities {
  readonly client: NetworkIdentity;
  readonly otherClient: NetworkIdentity;
  readonly admin: NetworkIdentity;
  /** Has the node OU `peer`: what it signs counts as an endorsement of its organisation. */
  readonly endorser: NetworkIdentity;
  /** Its certificate's time is over. */
  readonly expired: NetworkIdentity;
  /** Its certificate is on the organisation's revocation list. */
  readonly revoked: NetworkIdentity;
  /** Of the right authority, without any node OU. */
  readonly unclassified: NetworkIdentity;
  /** Names the organisation, but its certificate comes from an authority that nobody knows. */
  readonly foreign: NetworkIdentity;
}

/** The facts of a running network; plain data, so that every test process can have them. */
export interface NetworkFacts {
  /** Three, of which `channels.main` has all and `channels.second` the first two. */
  readonly organisations: readonly [NetworkOrganisation, NetworkOrganisation, NetworkOrganisation];
  readonly orderers: readonly NetworkNode[];
  readonly channels: { readonly main: string; readonly second: string };
}

export interface CollectionConfig {
  readonly name: string;
  /** `OR('Org1MSP.member', …)`: who holds the values. */
  readonly policy: string;
  readonly memberOnlyRead: boolean;
  readonly memberOnlyWrite: boolean;
  /** In blocks; 0: for ever. */
  readonly blockToLive: number;
  readonly requiredPeerCount: number;
  readonly maxPeerCount: number;
  /** Left out: the chaincode's policy. */
  readonly endorsementPolicy?: string;
}

export interface Deployment {
  readonly name: string;
  readonly version: string;
  readonly sequence: number;
  /** `AND('Org1MSP.member', …)`; left out: Fabric's default, a majority of the organisations. */
  readonly policy?: string;
  readonly collections?: readonly CollectionConfig[];
  readonly initRequired?: boolean;
  /** Left out: `channels.main`. */
  readonly channel?: string;
  /** `localhost:9999`: where the chaincode listens, in plain text. */
  readonly address: string;
  /**
   * Makes the chaincode listen under the id that the peers give its package. The engine calls it once, when it knows
   * the id and before the definition is committed.
   */
  serve(packageId: string): Promise<void>;
}

export interface ConformanceNetwork extends NetworkFacts {
  /** Installs, approves for every organisation of the channel, commits. @throws Error with the engine's words. */
  deploy(deployment: Deployment): Promise<void>;
  /** Resolves when the peer answers nothing any more. */
  stopPeer(name: string): Promise<void>;
  /** Resolves when the peer serves again. */
  startPeer(name: string): Promise<void>;
}

/** One file in `engines/` for each. */
export interface Engine {
  /** What `MEDACCORD_ENGINE` calls it. */
  readonly name: string;
  /** Starts a network of its own in an empty folder; what it needs again later goes into `facts` or the folder. */
  start(folder: string): Promise<NetworkFacts>;
  /** The running network, as another process sees it. */
  attach(folder: string, facts: NetworkFacts): ConformanceNetwork;
  /** Stops it, and leaves neither processes nor ports behind; the folder is removed by the caller. */
  stop(folder: string): Promise<void>;
}
