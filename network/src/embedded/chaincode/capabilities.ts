import protobuf from 'google-protobuf';

/** Operations in one batch at most: Fabric's defaults. */
export const MAX_BATCH = 1_000;

/**
 * What READY tells a chaincode of this peer: it takes writes in batches and reads of several keys. The message
 * (protos.ChaincodeAdditionalParams, fields 1 to 4) is newer than the library's definitions; shims that do not know
 * it do not look.
 */
export function capabilities(): Uint8Array {
  const writer = new protobuf.BinaryWriter();
  writer.writeBool(1, true);
  writer.writeUint32(2, MAX_BATCH);
  writer.writeBool(3, true);
  writer.writeUint32(4, MAX_BATCH);
  return writer.getResultBuffer();
}
