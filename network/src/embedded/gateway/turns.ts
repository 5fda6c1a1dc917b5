/** Calls that are begun in one turn of the event loop. */
const CALLS_A_TURN = 16;

/**
 * Spreads calls that came in one packet over turns of the event loop: answers leave between turns, so that the client
 * works on the first while the last are not yet begun.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #begun = 0;
  #isScheduled = false;

  /** @returns when the call may begin; in the order in which they came. */
  next(): Promise<void> {
    if (this.#waiting.length === 0 && this.#begun < CALLS_A_TURN) {
      this.#begun += 1;
      this.#schedule();
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      const begun = this.#waiting.splice(0, CALLS_A_TURN);
      this.#begun = begun.length;
      if (begun.length > 0) this.#schedule();
      for (const begin of begun) begin();
    });
  }
}
