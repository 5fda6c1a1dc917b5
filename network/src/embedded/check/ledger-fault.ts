import { CodedError } from '../../coded-error.js';

export type LedgerFaultCode =
  /** A record of a block file is damaged, or a file is missing. */
  | 'BLOCK_DAMAGED'
  /** The blocks end before the last one that the state has. */
  | 'BLOCKS_MISSING'
  | 'BLOCK_NUMBER'
  | 'PREVIOUS_HASH'
  | 'DATA_HASH'
  | 'ORDERER_SIGNATURE'
  | 'LAST_CONFIG'
  /** A transaction is marked otherwise than its signatures, policies and reads say. */
  | 'VALIDATION_CODE'
  | 'COMMIT_HASH'
  /** Private data that do not fit their hashes, are gone though nobody erased them, or are there though erased. */
  | 'PRIVATE_DATA'
  /** The state database cannot be read. */
  | 'STATE_DAMAGED'
  /** State, history or an index is not what the blocks say. */
  | 'STATE_DIFFERS'
  /** What the ledger was begun from is damaged. */
  | 'SNAPSHOT_DAMAGED';

/** Where something is wrong. */
export interface FaultPlace {
  readonly block?: number;
  /** Index in the block. */
  readonly transaction?: number;
  readonly txId?: string;
  /** Absolute path. */
  readonly file?: string;
  /** Of the block's record in the file, in bytes. */
  readonly offset?: number;
}

const BLOCKS_HINT =
  'Restore the folder blocks from a backup, remove state and transient beside it, and run fsck again.';
const SNAPSHOT_HINT =
  'Restore the folder base from a backup, or begin anew from another copy of the snapshot.';
const STATE_HINT = 'The blocks are good. Make the state anew from them: medaccord ledger rebuild';

/** Something in a ledger's files that is not as it must be; `hint` says what to do. */
export class LedgerFault extends CodedError {
  override readonly name = 'LedgerFault';
  declare readonly code: LedgerFaultCode;
  readonly place: FaultPlace;

  constructor(code: LedgerFaultCode, message: string, place: FaultPlace = {}) {
    super(code, message, { hint: hintFor(code) });
    this.place = place;
  }

  /** The same fault, with what was not known of its place where it was found. */
  at(place: FaultPlace): LedgerFault {
    return new LedgerFault(this.code, this.message, { ...place, ...this.place });
  }
}

function hintFor(code: LedgerFaultCode): string {
  if (code === 'SNAPSHOT_DAMAGED') return SNAPSHOT_HINT;
  return code.startsWith('STATE_') ? STATE_HINT : BLOCKS_HINT;
}
