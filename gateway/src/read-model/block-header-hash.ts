import { createHash } from 'node:crypto';
import type { common } from '@hyperledger/fabric-protos';

/** Fabric's block hash: SHA-256 over the DER of SEQUENCE { INTEGER number, OCTET STRING previous, OCTET STRING data }. */
export function blockHeaderHash(header: common.BlockHeader): string {
  const body = Buffer.concat([
    element(0x02, integer(header.getNumber())),
    element(0x04, header.getPreviousHash_asU8()),
    element(0x04, header.getDataHash_asU8()),
  ]);
  return createHash('sha256').update(element(0x30, body)).digest('hex');
}

/** Lengths here stay under 128 (two hashes and a number), so the short form does. */
function element(tag: number, content: Uint8Array): Buffer {
  if (content.length > 127) throw new RangeError('a block header holds hashes of 32 bytes');
  return Buffer.concat([Buffer.of(tag, content.length), content]);
}

function integer(value: number): Uint8Array {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return (bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
}
