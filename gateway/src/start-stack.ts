/** Parts in the order of their start; they stop in reverse. */
export class StartStack {
  readonly #parts: { name: string; stop: () => unknown }[] = [];

  add(name: string, stop: () => unknown): void {
    this.#parts.push({ name, stop });
  }

  /** Stops every part, also after one that fails. @throws Error naming the parts that failed. */
  async close(): Promise<void> {
    const failed: string[] = [];
    for (let part = this.#parts.pop(); part !== undefined; part = this.#parts.pop()) {
      try {
        await part.stop();
      } catch {
        failed.push(part.name);
      }
    }
    if (failed.length > 0) throw new Error(`could not be stopped: ${failed.join(', ')}`);
  }
}
