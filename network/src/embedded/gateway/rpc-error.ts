import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { gateway, google } from '@hyperledger/fabric-protos';

/** Who failed, and with which words: what the client SDK shows as `details` of its error. */
export interface ErrorDetail {
  readonly address: string;
  readonly mspId: string;
  readonly message: string;
}

/** A call's failure as it goes out on the wire, details included. */
export class RpcError extends Error implements Pick<ServiceError, 'code' | 'details' | 'metadata'> {
  override readonly name: string = 'RpcError';
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;

  constructor(code: status, message: string, errorDetails: readonly ErrorDetail[] = []) {
    super(message);
    this.code = code;
    this.details = message;
    this.metadata = new Metadata();
    if (errorDetails.length > 0) {
      this.metadata.set('grpc-status-details-bin', statusDetails(code, message, errorDetails));
    }
  }
}

function statusDetails(code: status, message: string, errorDetails: readonly ErrorDetail[]): Buffer {
  const rich = new google.rpc.Status();
  rich.setCode(code);
  rich.setMessage(message);
  for (const { address, mspId, message: text } of errorDetails) {
    const detail = new gateway.ErrorDetail();
    detail.setAddress(address);
    detail.setMspId(mspId);
    detail.setMessage(text);
    const packed = rich.addDetails();
    packed.setTypeUrl('type.googleapis.com/gateway.ErrorDetail');
    packed.setValue(detail.serializeBinary());
  }
  return Buffer.from(rich.serializeBinary());
}

/** Any failure as an RpcError; what nobody foresaw says nothing of the inside. */
export function toRpcError(error: unknown): RpcError {
  return error instanceof RpcError ? error : new RpcError(status.INTERNAL, 'internal error');
}
