import { CodedError } from '../coded-error.js';

export type FabricErrorCode =
  | 'BINARIES_MISSING'
  | 'DOWNLOAD_REFUSED'
  | 'DOWNLOAD_FAILED'
  | 'DOWNLOAD_CORRUPT'
  | 'VERSION_NOT_SUPPORTED'
  | 'PORTS_MISSING'
  | 'IN_PROCESS_NOT_SUPPORTED'
  | 'TEMPLATE_INVALID'
  | 'CHANNEL_JOIN_FAILED'
  | 'PEERS_APART'
  | 'SNAPSHOT_NOT_MADE'
  | 'SNAPSHOT_INVALID'
  | 'SNAPSHOT_MISSING'
  | 'SNAPSHOT_NOT_KNOWN'
  | 'SNAPSHOT_NOT_JOINED'
  | 'PEER_HAS_LEDGER'
  /** Approvals are private values, which another peer of the organisation has to give. */
  | 'ONLY_PEER'
  | 'PEERS_BEHIND'
  | 'ORDERER_BEHIND'
  | 'REVOCATION_NOT_IN_FORCE'
  | 'REVOCATION_LIST_UNUSABLE'
  | 'CONSENTER_UNKNOWN'
  | 'CONSENTERS_NOT_IN_FORCE'
  | 'ORDERERS_APART';

export class FabricError extends CodedError {
  override readonly name = 'FabricError';
  declare readonly code: FabricErrorCode;

  constructor(code: FabricErrorCode, message: string, hint?: string, cause?: unknown) {
    super(code, message, { hint, cause });
  }
}
