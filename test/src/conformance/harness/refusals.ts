import { status as grpcStatus, type ServiceError } from '@grpc/grpc-js';
import { GatewayError, type ErrorDetail } from '@hyperledger/fabric-gateway';

/** A call that the network refused, as its client sees it. */
export interface Refusal {
  /** Name of the gRPC status: `ABORTED`. */
  readonly status: string;
  /** The status's message alone. */
  readonly message: string;
  readonly details: readonly ErrorDetail[];
  /** Class of the SDK's error. */
  readonly name: string;
}

/** The refusal of a call that must not succeed. @throws Error where it does, or fails for another reason. */
export async function refusal(call: Promise<unknown>): Promise<Refusal> {
  let answer: unknown;
  try {
    answer = await call;
  } catch (error) {
    if (error instanceof GatewayError) {
      const { code, details, cause, name } = error;
      return { status: grpcStatus[code] ?? String(code), message: cause.details, details, name };
    }
    if (isServiceError(error)) {
      return { status: grpcStatus[error.code], message: error.details, details: [], name: error.name };
    }
    throw error;
  }
  throw new Error(`the call was not refused but answered ${String(answer)}`);
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && 'metadata' in error;
}
