import { randomUUID } from 'node:crypto';
import { publicJwk } from '@medaccord/gateway/client';
import { type Consortium, type Member } from '../../consortium/index.js';
import { newKey } from './patient.js';

/** A registration that a gateway has answered with 201. */
export interface Acknowledged {
  patient: string;
  registration: string;
  transaction: string;
  organisation: string;
}

const PAUSE_MS = 100;
const WORKERS = 4;

/**
 * Front desks that register patients without a pause. As any careful client does, each repeats a request under its
 * key until it is answered: after a broken connection, and after a problem that says so.
 */
export class RegistrationLoad {
  readonly acknowledged: Acknowledged[] = [];
  /** Refusals that no client would repeat; there should be none. */
  readonly refused: unknown[] = [];
  /** Requests, each counted once however often it was sent. */
  begun = 0;
  private readonly end = new AbortController();
  private readonly workers: Promise<void>[];
  private heard: () => void = () => undefined;

  private constructor(desks: readonly Member[]) {
    this.workers = desks.flatMap((desk) => Array.from({ length: WORKERS }, () => this.work(desk)));
  }

  static async start(consortium: Consortium, organisations: readonly string[]): Promise<RegistrationLoad> {
    const desks = organisations.map((name) => consortium.member(name, 'clerk'));
    return new RegistrationLoad(await Promise.all(desks));
  }

  /** Waits until so many more are acknowledged through every one of these gateways. @throws Error in time. */
  async acknowledges(more: number, organisations: readonly string[], timeoutMs = 60_000): Promise<void> {
    const from = this.acknowledged.length;
    const isReached = () =>
      organisations.every(
        (name) =>
          this.acknowledged.slice(from).filter(({ organisation }) => organisation === name).length >= more,
      );
    const late = AbortSignal.timeout(timeoutMs);
    const isLate = new Promise<void>((resolve) => late.addEventListener('abort', () => resolve()));
    while (!isReached()) {
      await Promise.race([new Promise<void>((resolve) => (this.heard = resolve)), isLate]);
      if (late.aborted) throw new Error(`not ${String(more)} more in ${String(timeoutMs)} ms`);
    }
  }

  /** Whoever waits for an answer now does not get it. */
  async stop(): Promise<void> {
    this.end.abort();
    await Promise.all(this.workers);
  }

  private async work(desk: Member): Promise<void> {
    while (!this.end.signal.aborted) {
      this.begun += 1;
      await this.registerOne(desk);
    }
  }

  private async registerOne({ api, organisation }: Member): Promise<void> {
    const { signal } = this.end;
    const header = { 'Idempotency-Key': randomUUID() };
    const body = { keys: [publicJwk(newKey())] };
    while (!signal.aborted) {
      try {
        const { data, error } = await api.POST('/v1/patients', { params: { header }, body, signal });
        if (data && 'patient' in data) {
          this.acknowledged.push({
            patient: data.patient.id,
            registration: data.patient.registration,
            transaction: data.transaction.id,
            organisation,
          });
          this.heard();
          return;
        }
        if (error?.retryable !== true) {
          this.refused.push(error);
          return;
        }
      } catch (error) {
        if (!(error instanceof Error) || error.name === 'GatewayRefusal') this.refused.push(error);
      }
      await new Promise((resume) => setTimeout(resume, PAUSE_MS));
    }
  }
}
