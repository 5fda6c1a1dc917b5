/** Half of the order of P-256, rounded down. */
const HALF_ORDER = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;

/** Whether an ECDSA signature in DER has the smaller of its two possible S, as Fabric wants. */
export function isLowS(signature: Buffer): boolean {
  const r = readInteger(signature, 2);
  const s = r && readInteger(signature, r.end);
  return s !== undefined && s.value <= HALF_ORDER;
}

function readInteger(der: Buffer, at: number): { value: bigint; end: number } | undefined {
  const length = der[at + 1];
  if (der[at] !== 0x02 || length === undefined || length === 0) return undefined;
  const end = at + 2 + length;
  if (end > der.length) return undefined;
  return { value: BigInt(`0x${der.subarray(at + 2, end).toString('hex')}`), end };
}
