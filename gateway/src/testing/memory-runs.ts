import type { BegunRun, IdempotencyStore, StoredAnswer } from '../ports.js';

interface MemoryRun {
  owner: string;
  requestHash: string;
  status: 'running' | 'succeeded' | 'failed';
  answer?: StoredAnswer;
  steps: Map<string, unknown>;
}

/** The runs of one test, in memory. */
export class MemoryRuns implements IdempotencyStore {
  readonly runs = new Map<string, MemoryRun>();

  begin({ id, owner, requestHash }: Parameters<IdempotencyStore['begin']>[0]): Promise<BegunRun> {
    const known = this.runs.get(id);
    if (known === undefined) {
      this.runs.set(id, { owner, requestHash, status: 'running', steps: new Map() });
      return Promise.resolve({ state: 'run', isNew: true });
    }
    if (known.requestHash !== requestHash) return Promise.resolve({ state: 'conflict' });
    if (known.status === 'running') return Promise.resolve({ state: 'in-flight' });
    if (known.status === 'succeeded' && known.answer !== undefined) {
      return Promise.resolve({ state: 'answered', answer: known.answer });
    }
    known.status = 'running';
    return Promise.resolve({ state: 'run', isNew: false });
  }

  complete(id: string, answer: StoredAnswer | undefined): Promise<void> {
    this.#end(id, 'succeeded', answer);
    return Promise.resolve();
  }

  fail(id: string, answer: StoredAnswer): Promise<void> {
    this.#end(id, 'failed', answer);
    return Promise.resolve();
  }

  steps(id: string): Promise<ReadonlyMap<string, unknown>> {
    return Promise.resolve(new Map(this.runs.get(id)?.steps));
  }

  saveStep(id: string, name: string, value: unknown): Promise<void> {
    this.runs.get(id)?.steps.set(name, JSON.parse(JSON.stringify(value)));
    return Promise.resolve();
  }

  find(id: string, owner: string): ReturnType<IdempotencyStore['find']> {
    const run = this.runs.get(id);
    if (run?.owner !== owner) return Promise.resolve(undefined);
    return Promise.resolve({ status: run.status, ...(run.answer && { answer: run.answer }) });
  }

  #end(id: string, status: 'succeeded' | 'failed', answer: StoredAnswer | undefined): void {
    const run = this.runs.get(id);
    if (run !== undefined) Object.assign(run, { status, answer });
  }
}
