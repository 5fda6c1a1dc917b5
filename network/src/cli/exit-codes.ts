import { CommanderError } from 'commander';
import { CodedError } from '../coded-error.js';

/** What the exit codes of `medaccord` mean; shown by `medaccord --help`. */
export const EXIT = {
  done: 0,
  failed: 1,
  /** Wrong usage, or something this version does not offer. */
  usage: 2,
  notRunning: 3,
  portTaken: 4,
  topology: 5,
  /** Another process has the ledger's files. */
  inUse: 6,
  /** fsck found something that is not as it must be. */
  damaged: 7,
  /** Something has to be done soon: a certificate expires, or the doctor found a fault. */
  attention: 8,
  /** Stopped by a signal before it was done. */
  interrupted: 130,
} as const;

export const EXIT_HELP = `Exit codes: 0 done, 1 failed, 2 wrong usage or not there (programs of Fabric), 3 not running,
            4 a port is taken, 5 topology file not valid, 6 the ledger is in use, 7 fsck found faults,
            8 something needs attention, 130 stopped by a signal`;

const BY_CODE: Readonly<Record<string, number>> = {
  ENGINE_NOT_AVAILABLE: EXIT.usage,
  HOME_OF_ANOTHER_ENGINE: EXIT.usage,
  BINARIES_MISSING: EXIT.usage,
  DOWNLOAD_REFUSED: EXIT.usage,
  VERSION_NOT_SUPPORTED: EXIT.usage,
  PORTS_MISSING: EXIT.topology,
  IN_PROCESS_NOT_SUPPORTED: EXIT.topology,
  NOT_CONFIRMED: EXIT.usage,
  NO_SUCH_PROCESS: EXIT.usage,
  NO_SUCH_IDENTITY: EXIT.usage,
  NO_GATEWAY: EXIT.usage,
  PEER_UNKNOWN: EXIT.usage,
  ORGANISATION_UNKNOWN: EXIT.usage,
  CHANNEL_UNKNOWN: EXIT.usage,
  CHANNEL_NOT_NAMED: EXIT.usage,
  SIGNER_NOT_NAMED: EXIT.usage,
  NOTHING_ASKED: EXIT.usage,
  NO_ADMIN_KEY: EXIT.usage,
  UPDATE_FILE_INVALID: EXIT.usage,
  UPDATE_FILE_UNREADABLE: EXIT.usage,
  POLICY_PATH_UNKNOWN: EXIT.usage,
  POLICY_RULE_UNKNOWN: EXIT.usage,
  CHAINCODE_UNKNOWN: EXIT.usage,
  NOTHING_BEFORE: EXIT.usage,
  ORDERER_UNKNOWN: EXIT.usage,
  ENGINE_CANNOT: EXIT.usage,
  ORGANISATION_FILE_INVALID: EXIT.usage,
  CHAINCODE_ARGUMENTS: EXIT.usage,
  POLICY_SYNTAX: EXIT.usage,
  COLLECTIONS_INVALID: EXIT.usage,
  COLLECTIONS_UNREADABLE: EXIT.usage,
  DATABASE_URL_INVALID: EXIT.usage,
  DATABASE_URL_MISSING: EXIT.usage,
  NOT_RUNNING: EXIT.notRunning,
  PEER_NOT_RUNNING: EXIT.notRunning,
  PORT_TAKEN: EXIT.portTaken,
  TOPOLOGY_UNREADABLE: EXIT.topology,
  TOPOLOGY_SYNTAX: EXIT.topology,
  TOPOLOGY_INVALID: EXIT.topology,
  LEDGER_IN_USE: EXIT.inUse,
  STOPPED: EXIT.interrupted,
};

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  return error instanceof CodedError ? (BY_CODE[error.code] ?? EXIT.failed) : EXIT.failed;
}
