import type { CloseableAsyncIterable } from '@hyperledger/fabric-gateway';

/** The first so many things of a stream, which is closed then. @throws Error where it ends before. */
export async function take<T>(stream: CloseableAsyncIterable<T>, count: number): Promise<T[]> {
  const found: T[] = [];
  return takeUntil(stream, (one) => {
    found.push(one);
    return found.length === count;
  });
}

/** All things of a stream up to the first that `isLast`; the stream is closed then. @throws Error where it ends before. */
export async function takeUntil<T>(
  stream: CloseableAsyncIterable<T>,
  isLast: (one: T) => boolean,
): Promise<T[]> {
  const found: T[] = [];
  try {
    for await (const one of stream) {
      found.push(one);
      if (isLast(one)) return found;
    }
  } finally {
    stream.close();
  }
  throw new Error(`the stream ended after ${String(found.length)}`);
}
