import { canonicalJson } from '../api/index.js';

/**
 * How arguments and results cross the shim (its `serializers` export): arguments stay text, results become
 * canonical JSON, so that two endorsers answer with the same bytes.
 */
export class CanonicalSerializer {
  /** Text stays as it is: the shim's own metadata contract answers with ready JSON. */
  toBuffer(result: unknown): Buffer | undefined {
    if (result === undefined || result === null) return undefined;
    return Buffer.from(typeof result === 'string' ? result : canonicalJson(result));
  }

  fromBuffer(data: Uint8Array): { value: string; validateData: string } {
    const value = Buffer.from(data).toString('utf8');
    return { value, validateData: value };
  }
}
