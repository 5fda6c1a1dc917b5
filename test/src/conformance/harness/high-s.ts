/** Order of P-256. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The other form of an ECDSA signature, (r, n - s), which any verifier but Fabric takes as well. DER in and out. */
export function highS(signature: Uint8Array): Uint8Array {
  const bytes = Buffer.from(signature);
  const rLength = bytes[3] ?? 0;
  const r = bytes.subarray(2, 4 + rLength);
  const s = BigInt(`0x${bytes.subarray(6 + rLength).toString('hex')}`);
  const hex = (ORDER - s).toString(16).padStart(64, '0');
  const other = Buffer.from(hex >= '8' ? `00${hex}` : hex, 'hex');
  const content = Buffer.concat([r, Buffer.of(0x02, other.length), other]);
  return Buffer.concat([Buffer.of(0x30, content.length), content]);
}
