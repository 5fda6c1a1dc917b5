import type { Proposal } from '../endorser/index.js';
import {
  NOTHING,
  writeActionPayload,
  writeEnvelope,
  writePayload,
  writeTransaction,
  type Endorsement,
} from '../wire/index.js';

/** The marshalled envelope a client signs and submits: headers, payload without transient data, what was endorsed. */
export function preparedTransaction(
  { header, payloadWithoutTransient }: Proposal,
  responsePayload: Uint8Array,
  endorsements: readonly Endorsement[],
): Uint8Array {
  const action = writeActionPayload(payloadWithoutTransient, { responsePayload, endorsements });
  const transaction = writeTransaction({ header: header.signatureHeader, payload: action });
  return writeEnvelope(writePayload(header.bytes, transaction), NOTHING);
}
