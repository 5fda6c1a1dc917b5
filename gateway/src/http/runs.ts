import { createHash, createHmac, randomBytes } from 'node:crypto';
import { canonicalJson } from '@medaccord/chaincode/api';
import { Problem } from '../errors.js';
import type { Run } from '../operation.js';
import type { Caller, IdempotencyStore } from '../ports.js';

/** Names runs and derives ids; the secret keeps both from being guessed from a client's key. */
export interface RunFactory {
  /** The run that this caller's key names. */
  keyed(caller: Caller, key: string): StoredRun;
  /** For operations that change nothing: nothing is kept. */
  unkeyed(): Run;
}

export function ownerOf(caller: Caller): string {
  return `${caller.mspId}/${caller.subject}`;
}

/** Hash of what makes two requests the same: method, path, body. */
export function requestHash(method: string, path: string, body: unknown): string {
  return createHash('sha256')
    .update(canonicalJson([method, path, body ?? null]))
    .digest('hex');
}

export function createRuns(secret: Uint8Array, store: IdempotencyStore): RunFactory {
  // The wallet key is used for sealing; this is a key of its own, derived from it.
  const key = createHmac('sha256', secret).update('medaccord run ids').digest();
  const derive = (...parts: string[]) =>
    createHmac('sha256', key).update(canonicalJson(parts)).digest('hex').slice(0, 32);
  return {
    keyed(caller, idempotencyKey) {
      const id = derive('run', ownerOf(caller), idempotencyKey);
      return new StoredRun(id, (label) => derive('derived', id, label), store);
    },
    unkeyed() {
      const id = randomBytes(16).toString('hex');
      return {
        id,
        derive: (label) => derive('derived', id, label),
        step: (_name, work) => work(),
        attempt: () => ({ previous: () => Promise.resolve(undefined), sending: () => Promise.resolve() }),
      };
    },
  };
}

/** A run whose steps are stored. */
export class StoredRun implements Run {
  #steps: Promise<Map<string, unknown>> | undefined;

  constructor(
    readonly id: string,
    readonly derive: (label: string) => string,
    private readonly store: IdempotencyStore,
  ) {}

  /** Nothing was done under this run yet: there are no steps to be asked for. */
  isNew(): void {
    this.#steps = Promise.resolve(new Map());
  }

  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const steps = await this.#load();
    const label = `done:${name}`;
    if (steps.has(label)) return steps.get(label) as T;
    const value = await work();
    // Where it is lost the work is done again, which is safe.
    await this.#save(label, value, 'soon');
    return value;
  }

  attempt(name: string): ReturnType<Run['attempt']> {
    const label = `sent:${name}`;
    return {
      id: `${this.id} ${label}`,
      previous: async () =>
        (await this.#load()).get(label) as { transactionId: string; result: unknown } | undefined,
      // What was sent and is not remembered would be sent again.
      sending: (sent) => this.#save(label, sent, 'surely'),
    };
  }

  async #save(label: string, value: unknown, kept: 'surely' | 'soon'): Promise<void> {
    (await this.#load()).set(label, value);
    await this.store.saveStep(this.id, label, value ?? null, kept);
  }

  #load(): Promise<Map<string, unknown>> {
    this.#steps ??= this.store.steps(this.id).then((steps) => new Map(steps));
    return this.#steps;
  }
}

/** The header `If-Match` as versions. @throws Problem REQUEST_INVALID */
export function parseIfMatch(header: string | undefined): readonly number[] | undefined {
  if (header === undefined) return undefined;
  const match = /^"(\d{1,9})(?:\.(\d{1,9}))?"$/.exec(header);
  if (match === null) throw new Problem('REQUEST_INVALID', 'If-Match must be an ETag of this service');
  return match.slice(1).flatMap((text: string | undefined) => (text === undefined ? [] : [Number(text)]));
}
