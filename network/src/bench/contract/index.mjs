import { Contract } from 'fabric-contract-api';

/** The contract that the benchmark runs: plain JavaScript, which the shim loads as it loads anybody's. */
class Bench extends Contract {
  constructor() {
    super('bench');
  }

  /** What a submit does: one read, one write. @returns the length of the value before. */
  async getPut(ctx, key, value) {
    const before = await ctx.stub.getState(key);
    await ctx.stub.putState(key, Buffer.from(value));
    return before.length;
  }

  async get(ctx, key) {
    return Buffer.from(await ctx.stub.getState(key)).toString();
  }

  /** Fills the state: keys `from` to `to - 1`. */
  async fill(ctx, from, to, value) {
    const bytes = Buffer.from(value);
    for (let number = Number(from); number < Number(to); number += 1) {
      await ctx.stub.putState(`key${String(number)}`, bytes);
    }
  }
}

export const contracts = [Bench];
