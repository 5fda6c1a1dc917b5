/** What became of one promise. */
export interface Outcome {
  /** Who tried it. */
  readonly by: string;
  readonly promise: string;
  readonly state: 'kept' | 'broken' | 'skipped';
  /** What was seen, or why it was not tried. */
  readonly note?: string;
}

const MARKS = { kept: '✓', broken: '✗', skipped: '-' } as const;

/** Collects what became of each promise, and says it at once: one plain line for each. */
export class Promises {
  readonly outcomes: Outcome[] = [];

  constructor(private readonly say: (line: string) => void) {}

  /** @returns whether it was kept. */
  check(by: string, promise: string, kept: boolean, note?: string): boolean {
    this.add({ by, promise, state: kept ? 'kept' : 'broken', note });
    return kept;
  }

  skip(by: string, promise: string, why: string): void {
    this.add({ by, promise, state: 'skipped', note: why });
  }

  count(state: Outcome['state']): number {
    return this.outcomes.filter((outcome) => outcome.state === state).length;
  }

  /** Something was tried, and all of it was kept. */
  get good(): boolean {
    return this.count('kept') > 0 && this.count('broken') === 0;
  }

  summary(): string {
    return `${String(this.count('kept'))} kept, ${String(this.count('broken'))} broken, ${String(this.count('skipped'))} skipped`;
  }

  private add(outcome: Outcome): void {
    this.outcomes.push(outcome);
    const { by, promise, state, note } = outcome;
    const skipped = state === 'skipped' ? ', skipped' : '';
    this.say(`${MARKS[state]} ${by}: ${promise}${skipped}${note === undefined ? '' : ` (${note})`}`);
  }
}
