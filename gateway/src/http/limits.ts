import { Problem } from '../errors.js';

/** Token buckets by name: so many a minute each, a tenth of that at once. */
export class RateLimiter {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();
  readonly #perMs: number;
  readonly #burst: number;

  constructor(
    perMinute: number,
    private readonly now: () => number = Date.now,
    private readonly capacity = 20_000,
  ) {
    this.#perMs = perMinute / 60_000;
    this.#burst = Math.max(1, Math.ceil(perMinute / 10));
  }

  /** @throws Problem RATE_LIMITED with the seconds to wait. */
  take(name: string): void {
    const now = this.now();
    const known = this.#buckets.get(name);
    const tokens =
      known === undefined
        ? this.#burst
        : Math.min(this.#burst, known.tokens + (now - known.at) * this.#perMs);
    // Moved to the end: the first entry is the one that was longest idle.
    this.#buckets.delete(name);
    // Who is refused spends nothing: else many that try again at once would keep a bucket empty for ever.
    this.#buckets.set(name, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    const oldest = this.#buckets.keys().next();
    if (this.#buckets.size > this.capacity && oldest.done !== true) this.#buckets.delete(oldest.value);
    if (tokens >= 1) return;
    const retryAfter = Math.max(1, Math.ceil((1 - tokens) / this.#perMs / 1_000));
    throw new Problem('RATE_LIMITED', 'too many requests', { retryAfter });
  }
}

/** Counts what is worked on now. */
export class ConcurrencyLimiter {
  #active = 0;

  constructor(readonly limit: number) {}

  get active(): number {
    return this.#active;
  }

  /** @returns what ends it; calling that twice counts once. @throws Problem OVERLOADED */
  enter(): () => void {
    if (this.#active >= this.limit) {
      throw new Problem('OVERLOADED', 'too much to do at the moment', { retryAfter: 1 });
    }
    this.#active++;
    let left = false;
    return () => {
      if (!left) this.#active--;
      left = true;
    };
  }
}
