import { status as Status } from '@grpc/grpc-js';
import { GatewayError } from '@hyperledger/fabric-gateway';
import { parseError } from '@medaccord/chaincode/api';
import { Problem } from '../errors.js';

/** Where a call failed: what the peer may have done with it depends on that. */
export type Stage = 'evaluate' | 'endorse' | 'submit' | 'commit';

const MVCC_READ_CONFLICT = 11;
const PHANTOM_READ_CONFLICT = 12;

/** Validation codes after which the same call, endorsed anew, may succeed. */
export function isConflict(validationCode: number): boolean {
  return validationCode === MVCC_READ_CONFLICT || validationCode === PHANTOM_READ_CONFLICT;
}

/** Of a failed submit: it may have reached the orderer although its answer did not reach us. */
export function isAmbiguous(error: unknown): boolean {
  const codes: number[] = [Status.UNAVAILABLE, Status.DEADLINE_EXCEEDED, Status.CANCELLED, Status.UNKNOWN];
  return error instanceof GatewayError && codes.includes(error.code);
}

/**
 * The one place where Fabric's failures become ours. A contract's code is found wherever Fabric put it: the peer
 * repeats it in the error's text, or in the details of each endorser.
 */
export function problemOf(error: unknown, stage: Stage): Problem {
  if (error instanceof Problem) return error;
  const transactionId =
    error instanceof GatewayError && 'transactionId' in error ? String(error.transactionId) : undefined;
  const options = { ...(transactionId === undefined ? {} : { transactionId }), cause: error };
  const coded = parseError(textOf(error));
  if (coded !== undefined) return new Problem(coded.code, coded.detail, options);
  const code = error instanceof GatewayError ? error.code : Status.UNKNOWN;
  switch (code) {
    case Status.RESOURCE_EXHAUSTED:
      return new Problem('OVERLOADED', 'the peer has too much to do', { ...options, retryAfter: 1 });
    case Status.UNAVAILABLE:
    case Status.DEADLINE_EXCEEDED:
    case Status.CANCELLED:
    case Status.FAILED_PRECONDITION:
      return new Problem('LEDGER_UNAVAILABLE', `the ledger cannot be reached (${stage})`, {
        ...options,
        retryAfter: 2,
      });
    case Status.PERMISSION_DENIED:
    case Status.UNAUTHENTICATED:
      return new Problem('LEDGER_REJECTED', 'the ledger refused the signer', options);
    case Status.ABORTED:
      return new Problem('LEDGER_REJECTED', `the organisations did not endorse (${stage})`, {
        ...options,
        retryAfter: 2,
      });
    default:
      return new Problem('LEDGER_UNAVAILABLE', `the ledger failed (${stage})`, { ...options, retryAfter: 2 });
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const details = error instanceof GatewayError ? error.details.map(({ message }) => message) : [];
  return [...details, error.message].join('\n');
}
