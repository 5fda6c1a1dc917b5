/** Who ever saw which plaintext, and what stands on the chain for everybody to see. */
export class Disclosure {
  readonly #seen = new Map<string, string[]>();
  readonly #chain: string[] = [];

  constructor(private readonly organisations: readonly { name: string; mspId: string }[]) {}

  /** An organisation's peer or client held these bytes. */
  saw(mspId: string, ...plaintexts: (Uint8Array | string)[]): void {
    const held = this.#seen.get(mspId) ?? [];
    held.push(...plaintexts.map((text) => Buffer.from(text).toString('utf8')));
    this.#seen.set(mspId, held);
  }

  /** Bytes of a block, of a valid or an invalid transaction. */
  published(...texts: (Uint8Array | string)[]): void {
    this.#chain.push(...texts.map((text) => Buffer.from(text).toString('utf8')));
  }

  /** Names of the organisations that know `needle`; all of them where it is on the chain. */
  whoKnows(needle: string): string[] {
    const published = this.isPublished(needle);
    return this.organisations
      .filter(({ mspId }) => published || this.#seen.get(mspId)?.some((text) => text.includes(needle)))
      .map(({ name }) => name)
      .sort();
  }

  isPublished(needle: string): boolean {
    return this.#chain.some((text) => text.includes(needle));
  }
}
