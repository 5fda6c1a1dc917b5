import type { peer } from '@hyperledger/fabric-protos';
import type { HistoryEntry } from '../parts.js';
import type { ChaincodeInput, Response, SignedProposal, Timestamp } from '../wire/index.js';

/** One result of a range; `next` is pulled only as far as the chaincode asks. */
export interface StateEntry {
  readonly key: string;
  readonly value: Uint8Array;
}

/** A range under way. What was pulled is what is in the read set. */
export interface StateCursor {
  next(): StateEntry | undefined;
  /** The first key that was not returned; empty at the end. Ends the cursor. */
  bookmark(): string;
}

export interface Page {
  readonly size: number;
  /** Empty: from the start of the range. */
  readonly bookmark: string;
}

/**
 * The state as one chaincode of one transaction sees it. An empty `collection` is the public state.
 * Every method may throw an error whose message goes to the chaincode.
 */
export interface StateAccess {
  get(collection: string, key: string): Uint8Array | undefined;
  put(collection: string, key: string, value: Uint8Array): void;
  delete(collection: string, key: string): void;
  purge(collection: string, key: string): void;
  metadata(collection: string, key: string): ReadonlyMap<string, Uint8Array>;
  putMetadata(collection: string, key: string, name: string, value: Uint8Array): void;
  privateHash(collection: string, key: string): Uint8Array | undefined;
  range(collection: string, start: string, end: string, page?: Page): StateCursor;
  /** Newest first. */
  history(key: string): Iterator<HistoryEntry>;
  /** Another chaincode: of the channel in the same transaction, of another one to read. */
  invoke(chaincode: string, input: ChaincodeInput): Promise<ChaincodeResult>;
}

/** A signed proposal, and what a contract may ask of it. */
export interface ProposalParts {
  readonly signedProposal: SignedProposal;
  /** Marshalled msp.SerializedIdentity. */
  readonly creator: Uint8Array;
  readonly timestamp: Timestamp | undefined;
  readonly transient: ReadonlyMap<string, Uint8Array>;
}

export interface ChaincodeTransaction {
  readonly channelId: string;
  readonly txId: string;
  /** Its name on the channel, which is the namespace of its state: one package may run under several. */
  readonly chaincode: string;
  /** True: calls `Init`, which sees no private data. */
  readonly isInit: boolean;
  readonly input: ChaincodeInput;
  readonly proposal: ProposalParts;
  readonly state: StateAccess;
}

export interface ChaincodeResult {
  readonly response: Response;
  /** As the chaincode set it; the endorser fills in transaction and chaincode. */
  readonly event: peer.ChaincodeEvent | undefined;
}

/** Runs transactions of one chaincode for one peer: as a service over the shim's stream, or in the process. */
export interface ChaincodeRuntime {
  /** @throws ChaincodeError where the chaincode gives no response. */
  execute(transaction: ChaincodeTransaction): Promise<ChaincodeResult>;
  close(): Promise<void>;
}
