import { hkdfSync, randomUUID } from 'node:crypto';
import { gather, identifier, type Database } from '../database/index.js';
import type { BegunRun, IdempotencyStore, StoredAnswer } from '../ports.js';
import { openBox, sealBox } from '../vault/sealed-box.js';

export interface RunStoreOptions {
  readonly database: Database;
  /** Where what a repeated request can do without is written; `database` where left out. */
  readonly deferred?: Database;
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

type NewRun = Parameters<IdempotencyStore['begin']>[0];
interface EndedRun {
  id: string;
  state: 'succeeded' | 'failed';
  answer: Buffer | null;
}
interface Step {
  run: string;
  name: string;
  value: Buffer;
}

interface RunRow {
  request_hash: string;
  state: 'running' | 'succeeded' | 'failed';
  answer: Buffer | null;
  owner: string;
}

class SqlRunStore implements RunStore {
  readonly #database: Database;
  readonly #deferred: Database;
  readonly #runs: string;
  readonly #steps: string;
  readonly #key: Buffer;
  readonly #process: string;
  /** @returns whether it is new; undefined where it cannot be taken. */
  readonly #take: (run: NewRun) => Promise<boolean | undefined>;
  readonly #close: (run: EndedRun) => Promise<undefined>;
  readonly #save: Record<'surely' | 'soon', (step: Step) => Promise<undefined>>;
  /** Hashes of the requests that this process works on now; what else the database says to be running has ended untold. */
  readonly #active = new Map<string, string>();

  constructor({ database, deferred, schema, secret, process = randomUUID() }: RunStoreOptions) {
    this.#database = database;
    this.#deferred = deferred ?? database;
    this.#runs = `${identifier(schema)}.runs`;
    this.#steps = `${identifier(schema)}.run_steps`;
    this.#key = Buffer.from(hkdfSync('sha256', secret, new Uint8Array(), 'medaccord runs', 32));
    this.#process = process;
    this.#take = gather((begun) => this.#takeAll(begun));
    this.#close = gather((ended) => this.#closeAll(ended));
    this.#save = {
      surely: gather((steps) => this.#saveAll(this.#database, steps)),
      soon: gather((steps) => this.#saveAll(this.#deferred, steps)),
    };
  }

  /** One statement takes a new, failed or orphaned run; where it takes none, the stored one answers. */
  async begin(run: NewRun): Promise<BegunRun> {
    const active = this.#active.get(run.id);
    if (active !== undefined) return { state: active === run.requestHash ? 'in-flight' : 'conflict' };
    // Before anything is awaited: of several requests that come at once one gets it.
    this.#active.set(run.id, run.requestHash);
    let begun: BegunRun | undefined;
    try {
      begun = await this.#begin(run);
    } finally {
      if (begun?.state !== 'run') this.#active.delete(run.id);
    }
    return begun;
  }

  async #begin(run: NewRun): Promise<BegunRun> {
    const isNew = await this.#take(run);
    if (isNew !== undefined) return { state: 'run', isNew };
    const stored = await this.#find(run.id);
    if (stored === undefined) {
      await this.#database.query(`DELETE FROM ${this.#runs} WHERE id = $1 AND expires_at <= now()`, [run.id]);
      return await this.#begin(run);
    }
    if (stored.request_hash !== run.requestHash) return { state: 'conflict' };
    // It has ended meanwhile, and not with an answer: the next attempt gets it.
    if (stored.answer === null) return { state: 'in-flight' };
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

  async saveStep(id: string, name: string, value: unknown, kept: 'surely' | 'soon'): Promise<void> {
    await this.#save[kept]({ run: id, name, value: this.#seal(value, id, `step ${name}`) });
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
      await this.#close({ id, state, answer: sealed });
    } finally {
      this.#active.delete(id);
    }
  }

  /** No two of these runs are the same: of each only one is active here. */
  async #takeAll(runs: readonly NewRun[]): Promise<(boolean | undefined)[]> {
    const { rows } = await this.#deferred.query<{ id: string; is_new: boolean }>({
      name: 'take runs',
      text: `INSERT INTO ${this.#runs} AS r (id, owner, operation, request_hash, state, process, expires_at)
       SELECT id, owner, operation, request_hash, 'running', $5, now() + interval '${LIFETIME}'
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS g(id, owner, operation, request_hash) ORDER BY id
       ON CONFLICT (id) DO UPDATE SET state = 'running', process = excluded.process, answer = NULL
       WHERE r.request_hash = excluded.request_hash AND r.expires_at > now()
         AND (r.state <> 'succeeded' OR r.answer IS NULL)
       RETURNING id, xmax = 0 AS is_new`,
      values: [
        runs.map(({ id }) => id),
        runs.map(({ owner }) => owner),
        runs.map(({ operation }) => operation),
        runs.map(({ requestHash }) => requestHash),
        this.#process,
      ],
    });
    const taken = new Map(rows.map(({ id, is_new }) => [id, is_new]));
    return runs.map(({ id }) => taken.get(id));
  }

  async #closeAll(runs: readonly EndedRun[]): Promise<undefined[]> {
    await this.#deferred.query({
      name: 'close runs',
      text: `UPDATE ${this.#runs} r SET state = e.state, answer = e.answer
       FROM unnest($1::text[], $2::text[], $3::bytea[]) AS e(id, state, answer)
       WHERE r.id = e.id AND r.process = $4 AND r.state = 'running'`,
      values: [
        runs.map(({ id }) => id),
        runs.map(({ state }) => state),
        runs.map(({ answer }) => answer),
        this.#process,
      ],
    });
    return [];
  }

  /** No two of these steps are the same: a run does one after the other. */
  async #saveAll(database: Database, steps: readonly Step[]): Promise<undefined[]> {
    await database.query({
      name: 'save steps',
      text: `INSERT INTO ${this.#steps} (run, name, value)
       SELECT run, name, value FROM unnest($1::text[], $2::text[], $3::bytea[]) AS s(run, name, value)
       ORDER BY run, name
       ON CONFLICT (run, name) DO UPDATE SET value = excluded.value`,
      values: [steps.map(({ run }) => run), steps.map(({ name }) => name), steps.map(({ value }) => value)],
    });
    return [];
  }

  async #find(id: string): Promise<RunRow | undefined> {
    const { rows } = await this.#database.query<RunRow>(
      `SELECT request_hash, state, answer, owner FROM ${this.#runs} WHERE id = $1 AND expires_at > now()`,
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
