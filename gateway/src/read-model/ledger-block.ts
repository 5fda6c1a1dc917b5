import type { ChangeSet } from '@medaccord/chaincode/api';

/** A block as the read model needs it: our chaincode's writes, each private value checked against its hash. */
export interface LedgerBlock {
  readonly number: number;
  /** SHA-256 of the DER header, hex: what the next block's `previousHash` must be. */
  readonly hash: string;
  readonly previousHash: string;
  readonly transactions: readonly LedgerTransaction[];
}

export interface LedgerTransaction {
  /** Position in the block, from 0. */
  readonly index: number;
  readonly id: string;
  /** Fabric's TxValidationCode; 0 is VALID. */
  readonly code: number;
  readonly creatorMsp: string;
  /** The client's timestamp, an ISO instant. */
  readonly at: string;
  /** Of our chaincode's event; absent in invalid and foreign transactions. */
  readonly changeSet?: ChangeSet;
  /** Empty unless VALID. */
  readonly writes: readonly LedgerWrite[];
}

export interface LedgerWrite {
  /** Undefined: public state. */
  readonly collection?: string;
  /** SHA-256 of the key, hex: the one name that public and private keys share (a purge has no other). */
  readonly keyHash: string;
  /** Undefined: the key was deleted or purged, or its value was not delivered to this organisation. */
  readonly value?: Uint8Array;
  readonly deleted: boolean;
}

/** Where the read model's blocks come from: the gateway's one block stream. */
export interface BlockSource {
  /** Number of blocks the peer has now; the newest is height - 1. */
  height(): Promise<number>;
  /**
   * Blocks from `start` on, in order and without gaps, until the signal aborts. Throws where the stream breaks;
   * the caller opens a new one from its checkpoint.
   */
  blocks(start: number, signal: AbortSignal): AsyncIterable<LedgerBlock>;
}

/** The block stream or a value on it is not what the ledger's rules allow; nothing of the block was projected. */
export class ProjectionError extends Error {
  constructor(
    readonly code:
      'BLOCK_MALFORMED' | 'PRIVATE_HASH_MISMATCH' | 'BLOCK_GAP' | 'LEDGER_MISMATCH' | 'VALUE_MALFORMED',
    message: string,
    readonly block?: number,
  ) {
    super(message);
  }
}
