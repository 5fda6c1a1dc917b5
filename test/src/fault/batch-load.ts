import { randomUUID } from 'node:crypto';
import { leaves } from '../bench/batches.js';
import { AUTHOR, ORGANISATION } from '../bench/bench-consortium.js';
import type { Consortium, Member } from '../consortium/index.js';

/** A batch of one record hash that the gateway answered with 201. */
export interface AnchoredBatch {
  readonly batch: string;
  readonly transaction: string;
  readonly block: number;
}

const WORKERS = 8;
const PAUSE_MS = 200;

/**
 * Anchors batches over REST without a pause. Each request is repeated under its key until it is answered with 201: after a
 * broken connection, and after a problem that says that it may be.
 */
export class BatchLoad {
  /** By all loads of this consortium. */
  readonly anchored: AnchoredBatch[];
  /** Problems by HTTP status and code: how often each was told. */
  readonly problems = new Map<string, number>();
  readonly #member: Member;
  readonly #workers: Promise<void>[];
  #isEnding = false;
  #heard: () => void = () => undefined;

  private constructor(member: Member, anchored: AnchoredBatch[]) {
    this.#member = member;
    this.anchored = anchored;
    this.#workers = Array.from({ length: WORKERS }, () => this.#work());
  }

  static async start(consortium: Consortium, anchored: AnchoredBatch[]): Promise<BatchLoad> {
    return new BatchLoad(await consortium.logIn(ORGANISATION, AUTHOR, { retries: 0 }), anchored);
  }

  /** Resolves when so many more are anchored. @throws Error in time. */
  async anchors(more: number, timeoutMs = 120_000): Promise<void> {
    const target = this.anchored.length + more;
    const late = AbortSignal.timeout(timeoutMs);
    const isLate = new Promise<void>((resolve) => {
      late.addEventListener('abort', () => {
        resolve();
      });
    });
    while (this.anchored.length < target) {
      await Promise.race([new Promise<void>((resolve) => (this.#heard = resolve)), isLate]);
      if (late.aborted)
        throw new Error(`not ${String(more)} more in ${String(timeoutMs)} ms: ${this.told()}`);
    }
  }

  /** Begins nothing new, and waits until all that was begun is anchored. @throws what no client would repeat. */
  async finish(): Promise<void> {
    this.#isEnding = true;
    await Promise.all(this.#workers);
    this.#member.api.close();
  }

  /** The problems in words. */
  told(): string {
    return [...this.problems].map(([problem, count]) => `${String(count)} x ${problem}`).join(', ');
  }

  async #work(): Promise<void> {
    while (!this.#isEnding) await this.#anchorOne();
  }

  async #anchorOne(): Promise<void> {
    const params = { header: { 'Idempotency-Key': randomUUID() } };
    const body = { leaves: leaves(1) };
    for (;;) {
      const problem = await this.#ask(params, body);
      if (problem === undefined) return;
      this.problems.set(problem, (this.problems.get(problem) ?? 0) + 1);
      await new Promise((resume) => setTimeout(resume, PAUSE_MS));
    }
  }

  /** @returns the problem. @throws Error for one that a client must not repeat. */
  async #ask(
    params: { header: { 'Idempotency-Key': string } },
    body: { leaves: ReturnType<typeof leaves> },
  ): Promise<string | undefined> {
    const answer = await this.#member.api
      .POST('/v1/records/batches', { params, body })
      .catch((error: unknown) => String(error instanceof Error ? error.message : error));
    if (typeof answer === 'string') return answer;
    const { data, error, response } = answer;
    if (data !== undefined) {
      const { id, block } = data.transaction;
      this.anchored.push({ batch: data.batch.id, transaction: id, block });
      this.#heard();
      return undefined;
    }
    const problem = `${String(response.status)} ${error.code}`;
    if (!error.retryable) throw new Error(`${problem}: ${error.detail ?? error.title}`);
    return problem;
  }
}
