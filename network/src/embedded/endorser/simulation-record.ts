import type { ChaincodeResult } from '../chaincode/index.js';
import type { ChannelLedger, Identity, Snapshot } from '../parts.js';
import type { ChaincodeInput } from '../wire/index.js';
import type { RangeCursor } from './range-cursor.js';
import type { ReadWriteSetBuilder } from './read-write-set.js';

export interface SimulationOptions {
  readonly txId: string;
  readonly ledger: ChannelLedger;
  /** Of that ledger. */
  readonly snapshot: Snapshot;
  /** Organisation of the peer that simulates: it holds the private data of its own collections alone. */
  readonly peerMspId: string;
  /** Whom `memberOnlyRead` and `memberOnlyWrite` look at. */
  readonly creator: Identity;
  readonly invoke: (chaincode: string, input: ChaincodeInput) => Promise<ChaincodeResult>;
}

/** What all chaincodes of one simulation share: where their reads and writes go, and what forbids which. */
export interface SimulationRecord {
  readonly options: SimulationOptions;
  readonly builder: ReadWriteSetBuilder;
  /** A public range whose result is checked for phantoms at commit. It is closed with the simulation. */
  noteRange(namespace: string, cursor: RangeCursor): void;
  /** Something to close with the simulation. */
  noteOpen(cursor: { close(): void }): void;
  /** @throws SimulationError (UNSUPPORTED) where the transaction must not write. */
  beforeWrite(): void;
  /** @throws SimulationError (UNSUPPORTED) where the transaction has written. */
  beforePrivateQuery(): void;
  /** @throws SimulationError (UNSUPPORTED) where the transaction has written. */
  beforePaginatedQuery(): void;
}
