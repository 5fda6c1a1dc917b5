import type { common, ledger, msp, peer } from '@hyperledger/fabric-protos';
import type { Envelope, Height } from './wire/index.js';

/**
 * The narrow interfaces between the parts of the embedded ledger. Each part is one folder beside this file and
 * knows the others by these types alone:
 *
 *   server → gateway, delivery → endorser → chaincode
 *                    ↓              ↓
 *                  orderer → committer → state, blocks, private data
 *                    identity, policy: used by all, use none
 *
 * There may be several channels, each with its ledger and its orderer; the peers are shared.
 */

/** Fabric's `protos.TxValidationCode`, as a number. */
export type TxValidationCode = peer.TxValidationCodeMap[keyof peer.TxValidationCodeMap];

/** A deserialised and chain-checked X.509 identity of one organisation. */
export interface Identity {
  readonly mspId: string;
  readonly certificatePem: string;
  /** Marshalled msp.SerializedIdentity. */
  readonly serialized: Uint8Array;
  readonly organisationalUnits: readonly string[];
  /** MSP id and SHA-256 of the certificate's DER: equal for equal identities, whatever their PEM looks like. */
  readonly fingerprint: string;
  /** End of the certificate's validity. */
  readonly notAfter: Date;
  /** Verifies an ECDSA-SHA256 DER signature; high-S signatures are refused, as Fabric does. */
  verify(message: Uint8Array, signature: Uint8Array): boolean;
  /**
   * For a signature that this process has verified, or made with this identity's key, and will see again over the same
   * bytes: the next `verify` of both answers without the work.
   */
  remember(message: Uint8Array, signature: Uint8Array): void;
  /**
   * Checks chain, CRL and node OUs, and the validity period where `at` is given. Endorser, orderer and delivery
   * give it; the committer does not (as in Fabric: a verdict on a block must not depend on when it is read).
   * @throws IdentityError naming what failed.
   */
  validate(at?: Date): void;
  /** Fabric's MSP principal check: ROLE (member, admin, client, peer, orderer), ORGANIZATION_UNIT, IDENTITY. */
  satisfies(principal: msp.MSPPrincipal): boolean;
}

/** A policy of the channel's configuration, or a signature policy in the same form. */
export interface ChannelPolicy {
  /** Fabric's words for why the identities do not satisfy it; undefined where they do. */
  failure(identities: readonly Identity[]): string | undefined;
  /** The same as a signature policy, for whoever plans endorsements. */
  readonly signature: common.SignaturePolicyEnvelope;
}

export interface ApplicationOrganisation {
  /** Name of its group in the configuration. */
  readonly name: string;
  readonly mspId: string;
}

/** The policies of a channel's configuration by their paths, `/Channel/Application/Writers`. */
export interface ChannelPolicies {
  /** The application's, sorted by name. */
  readonly organisations: readonly ApplicationOrganisation[];
  /** @returns undefined where the configuration has no policy at the path. */
  get(path: string): ChannelPolicy | undefined;
  /** Implicit meta policies written out; undefined where the configuration has no policy at the path. */
  signaturePolicy(path: string): common.SignaturePolicyEnvelope | undefined;
  /** Whether one identity, whose signature was checked, satisfies the policy; false where there is none. */
  isSatisfiedBy(path: string, identity: Identity): boolean;
  /** The path of the policy that the configuration's access list names for a resource (`peer/Propose`). */
  accessPolicy(resource: string): string | undefined;
  /** The policy of one organisation of the application, by its MSP id. */
  ofOrganisation(mspId: string, name: string): ChannelPolicy | undefined;
  /**
   * What a marshalled protos.ApplicationPolicy says: a signature policy, or a reference to one of the channel.
   * @returns undefined where it cannot be decoded or names a policy that is not there.
   */
  application(bytes: Uint8Array): ChannelPolicy | undefined;
}

export interface MspManager {
  readonly mspIds: readonly string[];
  /** @throws IdentityError for bytes that hold no identity of a known MSP. */
  deserialize(serialized: Uint8Array): Identity;
  /** The same organisations as they were before anybody was revoked. */
  beforeRevocations(): MspManager;
  /**
   * The organisations of a channel configuration that is in force from now on: these and no others.
   * @throws IdentityError (MSP_DEFINITION); nothing is then changed.
   */
  configure(definitions: readonly msp.FabricMSPConfig[]): void;
}

/** Signs with one node's X.509 identity (a peer or an orderer). */
export interface NodeSigner {
  readonly mspId: string;
  /** `localhost:7051`. */
  readonly endpoint: string;
  readonly serialized: Uint8Array;
  /** ECDSA-SHA256, DER, low-S, by OpenSSL. */
  sign(message: Uint8Array): Uint8Array;
}

export type { Height };
export interface VersionedValue {
  readonly value: Uint8Array;
  readonly version: Height;
  /** Marshalled rwset.KVMetadataWrite entries (VALIDATION_PARAMETER …), where there are any. */
  readonly metadata?: ReadonlyMap<string, Uint8Array>;
}
export interface VersionedHash {
  readonly hash: Uint8Array;
  readonly version: Height;
  readonly metadata?: ReadonlyMap<string, Uint8Array>;
}
export interface KeyedValue extends VersionedValue {
  readonly key: string;
}
export interface HistoryEntry {
  readonly txId: string;
  readonly value: Uint8Array;
  readonly isDelete: boolean;
  readonly timestamp: Date;
}

/** A consistent view of committed state at one block height. Close it after use. */
export interface Snapshot {
  /** Number of committed blocks when the view was taken. */
  readonly height: number;
  get(namespace: string, key: string): VersionedValue | undefined;
  /** Keys in [start, end) in byte order of their UTF-8; an empty end means "to the last". */
  range(namespace: string, start: string, end: string): Iterable<KeyedValue>;
  /**
   * @returns undefined where the key has neither value nor hash.
   * @throws PrivateDataMissingError (PRIVATE_DATA_MISSING) where the hash's version has no value here, as Fabric does.
   */
  getPrivate(namespace: string, collection: string, key: string): VersionedValue | undefined;
  rangePrivate(namespace: string, collection: string, start: string, end: string): Iterable<KeyedValue>;
  /** By SHA-256 of the key; what every peer holds. */
  getPrivateHash(namespace: string, collection: string, keyHash: Uint8Array): VersionedHash | undefined;
  /** Newest first. */
  history(namespace: string, key: string): Iterable<HistoryEntry>;
  close(): void;
}

export interface CollectionDefinition {
  readonly name: string;
  /** Organisations that the member policy names: whose peers hold the values. */
  readonly memberOrgs: readonly string[];
  /** What `memberOnlyRead` and `memberOnlyWrite` look at: the member policy, on one identity. */
  hasMember(identity: Identity): boolean;
  readonly memberOnlyRead: boolean;
  readonly memberOnlyWrite: boolean;
  readonly blockToLive: number;
  readonly requiredPeerCount: number;
  readonly maxPeerCount: number;
  /** Its own, or else the chaincode's. */
  readonly endorsementPolicy: common.SignaturePolicyEnvelope;
}
/** What the organisations committed through `_lifecycle`. References to channel policies are resolved. */
export interface ChaincodeDefinition {
  readonly name: string;
  readonly version: string;
  readonly sequence: number;
  /** `Init` has to be called once for every version before anything else. */
  readonly initRequired: boolean;
  readonly endorsementPlugin: string;
  readonly validationPlugin: string;
  readonly endorsementPolicy: common.SignaturePolicyEnvelope;
  /** Where the state of `_lifecycle` has its sequence; undefined for `_lifecycle` itself. */
  readonly sequenceRead:
    { readonly namespace: string; readonly key: string; readonly version: Height } | undefined;
  /** Explicit collections. */
  readonly collections: readonly CollectionDefinition[];
  /** An explicit collection, or an organisation's implicit one (`_implicit_org_<MSP>`). */
  collection(name: string): CollectionDefinition | undefined;
}

/** A transaction of a committed block, as delivery and the gateway need it. */
export interface CommittedTransaction {
  readonly txId: string;
  readonly code: TxValidationCode;
  readonly chaincodeEvent?: peer.ChaincodeEvent;
  /** Private data that came with it, of all collections; delivery filters by membership. */
  readonly privateData?: ledger.rwset.TxPvtReadWriteSet;
}
export interface CommittedBlock {
  readonly number: number;
  readonly block: common.Block;
  readonly transactions: readonly CommittedTransaction[];
}

/** What the endorser keeps between endorsement and commit: private write sets by transaction id. */
export interface TransientStore {
  /** Can be got at once; resolves when it survives the process. Many at a time share one write. */
  put(txId: string, privateSet: ledger.rwset.TxPvtReadWriteSet, atHeight: number): Promise<void>;
  /** All that were put: endorsers, and repeated endorsements of one proposal, need not agree. */
  get(txId: string): readonly ledger.rwset.TxPvtReadWriteSet[];
  remove(txIds: Iterable<string>): void;
  /** Forgets what was put at a height below `height` and never committed. */
  purgeBelow(height: number): void;
}

/** The committed side of a channel: written by the committer alone, read by everybody. */
export interface ChannelLedger {
  readonly channelId: string;
  /** The application's organisations and the orderers'. */
  readonly msps: MspManager;
  /** The application's organisations, as the configuration names them. */
  readonly mspIds: readonly string[];
  readonly transientStore: TransientStore;
  /** Number of committed blocks; the newest is height - 1. */
  readonly height: number;
  /** The last block of the snapshot that the ledger was begun from: it and those before are not here. */
  readonly begunFrom:
    | {
        readonly lastBlock: number;
        readonly lastBlockHash: Uint8Array;
        readonly previousBlockHash: Uint8Array;
      }
    | undefined;
  /** Number of the first block that is, or will be, here. */
  readonly firstBlock: number;
  /** The configuration in force. */
  readonly configBlock: common.Block;
  /** Of the channel's configuration. */
  readonly policies: ChannelPolicies;
  /** Grows with every block that writes to the state of `_lifecycle`. */
  readonly lifecycleRevision: number;
  /** The definition in force at the snapshot's height, or now; `_lifecycle` has one too. */
  chaincode(name: string, at?: Snapshot): ChaincodeDefinition | undefined;
  snapshot(): Snapshot;
  /** @returns undefined where no committed block has that number, or transaction that id. */
  block(number: number): CommittedBlock | undefined;
  transaction(txId: string): { code: TxValidationCode; block: number; index: number } | undefined;
  /** By the hash of a block's header, as `previous_hash` of the next block has it. */
  blockNumberByHash(headerHash: Uint8Array): number | undefined;
  /** Called after a block is durable and its state visible, in order. @returns unsubscribe. */
  onCommit(listener: (block: CommittedBlock) => void): () => void;
  close(): Promise<void>;
}

/** The ordering side of a channel. */
export interface Orderer {
  /**
   * Takes one envelope into the next block.
   * @throws OrdererError (a status of common.proto: BAD_REQUEST, FORBIDDEN, NOT_FOUND,
   * SERVICE_UNAVAILABLE) where it is refused; resolves when it is accepted, not when it is committed.
   */
  broadcast(envelope: Envelope): Promise<void>;
  close(): Promise<void>;
}

/** A channel of this process. A peer has those that its organisation is a member of, by id. */
export interface Channel {
  readonly ledger: ChannelLedger;
  readonly orderer: Orderer;
}
export type Channels = ReadonlyMap<string, Channel>;
