import canonicalizeRfc8785 from 'canonicalize';

/**
 * RFC 8785 canonical JSON: the only form that is hashed, signed or stored, so that every endorser,
 * device and auditor gets the same bytes.
 * @throws TypeError for a value that JSON cannot carry (undefined, functions, NaN, infinities).
 */
export function canonicalJson(value: unknown): string {
  const text = canonicalizeRfc8785(value);
  if (text === undefined) throw new TypeError('value has no JSON form');
  return text;
}
