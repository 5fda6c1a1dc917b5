interface Waiting<I, O> {
  readonly item: I;
  resolve(result: O): void;
  reject(error: unknown): void;
}

/**
 * Does for many callers at once what costs little more than for one, as a statement for the database does: what is asked
 * for while one is under way goes together with the next. Nobody waits for company: a call that comes alone goes alone.
 * @param work gets items in the order of the calls, and answers in that order; where it fails, all of its callers fail
 * @param most items that go together
 */
export function gather<I, O>(
  work: (items: readonly I[]) => Promise<readonly O[]>,
  most = 100,
): (item: I) => Promise<O> {
  const waiting: Waiting<I, O>[] = [];
  let isUnderWay = false;

  const go = async (): Promise<void> => {
    isUnderWay = true;
    while (waiting.length > 0) {
      const together = waiting.splice(0, most);
      try {
        const results = await work(together.map(({ item }) => item));
        together.forEach(({ resolve }, index) => {
          resolve(results[index] as O);
        });
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    isUnderWay = false;
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!isUnderWay) void go();
    });
}
