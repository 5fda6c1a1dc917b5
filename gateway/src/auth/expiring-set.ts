/** Values that are remembered until an instant; bounded. */
export class ExpiringSet {
  readonly #until = new Map<string, number>();
  #nextSweep = 0;

  constructor(
    private readonly capacity: number,
    private readonly now: () => number = Date.now,
  ) {}

  has(value: string): boolean {
    const until = this.#until.get(value);
    return until !== undefined && until > this.now();
  }

  /** @returns false where the value was there already, or where there is no room: the caller refuses then. */
  add(value: string, until: number): boolean {
    this.#sweep();
    if (this.has(value) || this.#until.size >= this.capacity) return false;
    this.#until.set(value, until);
    return true;
  }

  #sweep(): void {
    const now = this.now();
    if (now < this.#nextSweep && this.#until.size < this.capacity) return;
    this.#nextSweep = now + 10_000;
    for (const [value, until] of this.#until) if (until <= now) this.#until.delete(value);
  }
}
