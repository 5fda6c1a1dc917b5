import canonicalizeRfc8785 from 'canonicalize';

/**
 * RFC 8785 canonical JSON: the only form that is hashed, signed or stored, so that every endorser,
 * device and auditor gets the same bytes.
 * @throws TypeError for a value that JSON cannot carry (undefined, NaN, infinities, cycles).
 */
export function canonicalJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = canonicalizeRfc8785(value);
  } catch (cause) {
    throw new TypeError('value has no JSON form', { cause });
  }
  if (text === undefined) throw new TypeError('value has no JSON form');
  return text;
}
