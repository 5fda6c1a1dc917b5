/** Certificates of those who are logged in, by serial number: what a token does not carry. Bounded. */
export class KnownCertificates {
  readonly #entries = new Map<string, { readonly pem: string; readonly until: number }>();

  constructor(
    private readonly now: () => number = Date.now,
    private readonly capacity = 10_000,
  ) {}

  /** The one that was longest there goes when there are too many. */
  add(serial: string, pem: string, until: number): void {
    this.#entries.delete(serial);
    this.#entries.set(serial, { pem, until });
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > this.capacity && oldest.done !== true) this.#entries.delete(oldest.value);
  }

  /** PEM; undefined after its time, or where others came since. */
  find(serial: string): string | undefined {
    const entry = this.#entries.get(serial);
    return entry !== undefined && entry.until > this.now() ? entry.pem : undefined;
  }
}
