import { expect } from 'vitest';

/** What another peer than the one that told of the commit says: it has the block some time after. */
export function soon<T>(ask: () => Promise<T>): ReturnType<typeof expect.poll> {
  return expect.poll(() => ask().catch(String), { timeout: 10_000 });
}
