import { hkdfSync, randomUUID } from 'node:crypto';
import { identifier, type Database } from '../database/index.js';
import type { BegunRun, IdempotencyStore, StoredAnswer } from '../ports.js';
import { openBox, sealBox } from '../vault/sealed-box.js';

export interface RunStoreOptions {
  readonly database: Database;
  readonly schema: string;
  /** The vault's key, from which this store derives its own. */
  readonly secret: Uint8Array;
  /** Names this process: what another process left running may run again. */
  readonly process?: string;
}

export interface RunStore extends IdempotencyStore {
  /** Forgets runs that are older than a day. @returns how many. */
  purge(): Promise<number>;
}

const LIFETIME = '24 hours';

/** Runs and their steps in PostgreSQL; answers and step values are sealed, each bound to its place. */
export function runStore(options: RunStoreOptions): RunStore {
  return new SqlRunStore(options);
}

interface RunRow {
  request_hash: string;
  state: 'running' | 'succeeded' | 'failed';
  process: string;
  answer: Buffer | null;
  owner: string;
}

class SqlRunStore implements RunStore {
  readonly #database: Database;
  readonly #runs: string;
  readonly #steps: string;
  readonly #key: Buffer;
  readonly #process: string;
  /** Runs that have ended here although the database could not be told: nobody works on them. */
  readonly #untold = new Set<string>();

  constructor({ database, schema, secret, process = randomUUID() }: RunStoreOptions) {
    this.#database = database;
    this.#runs = `${identifier(schema)}.runs`;
    this.#steps = `${identifier(schema)}.run_steps`;
    this.#key = Buffer.from(hkdfSync('sha256', secret, new Uint8Array(), 'medaccord runs', 32));
    this.#process = process;
  }

  /** One statement takes a new, failed, orphaned or expired run; where it takes none, the stored one answers. */
  async begin(run: { id: string; owner: string; operation: string; requestHash: string }): Promise<BegunRun> {
    // One of several requests that come at once gets it.
    const isUntold = this.#untold.delete(run.id);
    let begun: BegunRun | undefined;
    try {
      begun = await this.#begin(run, isUntold);
    } finally {
      if (isUntold && begun?.state !== 'run') this.#untold.add(run.id);
    }
    return begun;
  }

  async #begin(run: Parameters<IdempotencyStore['begin']>[0], isUntold: boolean): Promise<BegunRun> {
    await this.#database.query(`DELETE FROM ${this.#runs} WHERE id = $1 AND expires_at <= now()`, [run.id]);
    const taken = await this.#database.query(
      `INSERT INTO ${this.#runs} AS r (id, owner, operation, request_hash, state, process, expires_at)
       VALUES ($1, $2, $3, $4, 'running', $5, now() + interval '${LIFETIME}')
       ON CONFLICT (id) DO UPDATE SET state = 'running', process = excluded.process, answer = NULL
       WHERE r.request_hash = excluded.request_hash AND (
         r.state = 'failed' OR (r.state = 'succeeded' AND r.answer IS NULL)
         OR (r.state = 'running' AND (r.process <> excluded.process OR $6)))`,
      [run.id, run.owner, run.operation, run.requestHash, this.#process, isUntold],
    );
    if (taken.rowCount === 1) return { state: 'run' };
    const stored = await this.#find(run.id);
    if (stored === undefined) return await this.#begin(run, isUntold);
    if (stored.request_hash !== run.requestHash) return { state: 'conflict' };
    if (stored.state === 'running' || stored.answer === null) return { state: 'in-flight' };
    return { state: 'answered', answer: this.#open(stored.answer, run.id, 'answer') as StoredAnswer };
  }

  async complete(id: string, answer: StoredAnswer | undefined): Promise<void> {
    await this.#end(id, 'succeeded', answer);
  }

  async fail(id: string, answer: StoredAnswer): Promise<void> {
    await this.#end(id, 'failed', answer);
  }

  async steps(id: string): Promise<ReadonlyMap<string, unknown>> {
    const { rows } = await this.#database.query<{ name: string; value: Buffer }>(
      `SELECT name, value FROM ${this.#steps} WHERE run = $1`,
      [id],
    );
    return new Map(rows.map(({ name, value }) => [name, this.#open(value, id, `step ${name}`)]));
  }

  async saveStep(id: string, name: string, value: unknown): Promise<void> {
    await this.#database.query(
      `INSERT INTO ${this.#steps} (run, name, value) VALUES ($1, $2, $3)
       ON CONFLICT (run, name) DO UPDATE SET value = excluded.value`,
      [id, name, this.#seal(value, id, `step ${name}`)],
    );
  }

  async find(id: string, owner: string) {
    const row = await this.#find(id);
    if (row?.owner !== owner) return undefined;
    const answer =
      row.answer === null ? {} : { answer: this.#open(row.answer, id, 'answer') as StoredAnswer };
    return { status: row.state, ...answer };
  }

  async purge(): Promise<number> {
    return (await this.#database.query(`DELETE FROM ${this.#runs} WHERE expires_at <= now()`)).rowCount ?? 0;
  }

  async #end(id: string, state: 'succeeded' | 'failed', answer: StoredAnswer | undefined): Promise<void> {
    const sealed = answer === undefined ? null : this.#seal(answer, id, 'answer');
    // A process that took the run over since then says how it ended; this one is late.
    try {
      await this.#database.query(
        `UPDATE ${this.#runs} SET state = $2, answer = $3 WHERE id = $1 AND process = $4 AND state = 'running'`,
        [id, state, sealed, this.#process],
      );
      this.#untold.delete(id);
    } catch (error) {
      this.#untold.add(id);
      throw error;
    }
  }

  async #find(id: string): Promise<RunRow | undefined> {
    const { rows } = await this.#database.query<RunRow>(
      `SELECT request_hash, state, process, answer, owner FROM ${this.#runs} WHERE id = $1 AND expires_at > now()`,
      [id],
    );
    return rows[0];
  }

  /** `undefined` as a step's value has no JSON form: it is kept as an absent member. */
  #seal(value: unknown, id: string, place: string): Buffer {
    return sealBox(Buffer.from(JSON.stringify({ value })), this.#key, Buffer.from(`${id} ${place}`));
  }

  #open(box: Buffer, id: string, place: string): unknown {
    const text = openBox(box, this.#key, Buffer.from(`${id} ${place}`)).toString('utf8');
    return (JSON.parse(text) as { value?: unknown }).value;
  }
}
