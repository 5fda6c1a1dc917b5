import type { z } from 'zod';

/** A kind of stored value: its type word, its shape, and the ids that its key is made of. */
export interface AssetKind<T> {
  readonly type: string;
  readonly shape: z.ZodType<T>;
  /** Attributes of the key, in order; the type word goes before them. */
  readonly key: (value: T) => readonly string[];
}

/** Kind whose key is the value's own `id`. */
export function assetKind<T extends { id: string }>(type: string, shape: z.ZodType<T>): AssetKind<T> {
  return { type, shape, key: (value) => [value.id] };
}

/** Kind whose key is made of other members than `id`. */
export function assetKindBy<T>(
  type: string,
  shape: z.ZodType<T>,
  key: (value: T) => readonly string[],
): AssetKind<T> {
  return { type, shape, key };
}
