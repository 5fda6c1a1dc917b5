import { Problem } from '../errors.js';

/** Bytes of large bodies that are held at once: each costs several times its size while it is worked on. */
const ALL = 128 * 1024 * 1024;
/** Of one caller: as much as the largest request. */
const OWN = 64 * 1024 * 1024;

/** Shares out the memory for bodies beyond the ordinary size, before a byte of them is read. */
export class LargeBodies {
  readonly #held = new Map<string, number>();
  #sum = 0;

  constructor(
    /** Up to this size a body is ordinary: their number is limited, and so is what they take. */
    private readonly ordinary: number,
    private readonly all = ALL,
    private readonly own = OWN,
  ) {}

  /** @returns what gives it back. @throws Problem OVERLOADED */
  take(caller: string, bytes: number): () => void {
    if (bytes <= this.ordinary) return () => undefined;
    const held = this.#held.get(caller) ?? 0;
    if (this.#sum + bytes > this.all || held + bytes > this.own) {
      throw new Problem('OVERLOADED', 'too many large requests at the moment', { retryAfter: 2 });
    }
    this.#sum += bytes;
    this.#held.set(caller, held + bytes);
    return () => {
      this.#sum -= bytes;
      const left = (this.#held.get(caller) ?? 0) - bytes;
      if (left > 0) this.#held.set(caller, left);
      else this.#held.delete(caller);
    };
  }
}

/** What a request's body may turn out to be: its Content-Length, or the limit where it is sent in chunks. */
export function expectedBytes(
  headers: { 'content-length'?: string | undefined; 'transfer-encoding'?: string | undefined },
  limit: number,
): number {
  return headers['transfer-encoding'] === undefined
    ? Math.min(Number(headers['content-length'] ?? 0), limit)
    : limit;
}
