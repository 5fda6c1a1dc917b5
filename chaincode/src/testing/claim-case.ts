import { createHash } from 'node:crypto';
import { canonicalJson, type Money, type billing } from '../api/index.js';
import * as chaincode from '../index.js';
import { found, practitioner } from './founding.js';
import { FOUR_ORGANISATIONS, type WorldOrganisation } from './consortiums.js';
import { World, type Caller } from './world.js';

export const RULES = 'e'.repeat(64);
/** Stands in every private value, so that a test can look for it. */
export const CANARY = 'canary-coverage-4711';

export function hashed(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
export const euro = (amount: number): Money => ({ amount, currency: 'EUR' });

export function line(number: number, price: number, quantity = 1): billing.Line {
  return {
    number,
    code: { system: 'https://codes.example/procedures', code: `P-${String(number)}` },
    serviceDate: '2026-01-02',
    quantity,
    unitPrice: euro(price),
    amount: euro(price * quantity),
  };
}

/** One claim on its way through a founded world, each step by who may take it. */
export class ClaimCase {
  readonly id: string;
  readonly payment: string;
  lines: billing.ClaimLines;

  private constructor(
    readonly world: World,
    readonly provider: Caller,
    readonly adjuster: Caller,
  ) {
    this.id = world.id();
    this.payment = world.id();
    this.lines = this.linesOf([line(1, 10_000), line(2, 2_500, 2)]);
  }

  static async start(
    organisations: readonly WorldOrganisation[] = FOUR_ORGANISATIONS,
    provider = 'hospital-a',
    insurer = 'insurer-a',
  ): Promise<ClaimCase> {
    const world = new World(chaincode, organisations);
    await found(world);
    return new ClaimCase(
      world,
      await practitioner(world, provider, 'billing'),
      await practitioner(world, insurer, 'adjuster'),
    );
  }

  /** Another claim of the same two in the same world. */
  another(): ClaimCase {
    return new ClaimCase(this.world, this.provider, this.adjuster);
  }

  linesOf(lines: billing.Line[], total?: Money): billing.ClaimLines {
    return {
      type: 'claim-lines',
      id: this.id,
      hospital: this.provider.organisation,
      insurer: this.adjuster.organisation,
      patient: 'a'.repeat(32),
      coverage: CANARY,
      diagnoses: ['I10'],
      lines,
      total: total ?? euro(lines.reduce((all, { amount }) => all + amount.amount, 0)),
      salt: 'b'.repeat(32),
    };
  }

  /** Allows so much of each line, in order. */
  decisionOf(allowed: readonly number[], round = 0, ruleSetHash = RULES): billing.DecisionDetails {
    return {
      type: 'decision-details',
      id: this.id,
      round,
      ruleSetHash,
      lines: this.lines.lines.map(({ number, amount }, index) => {
        const granted = allowed[index] ?? 0;
        const outcome =
          granted === amount.amount ? 'approved' : granted === 0 ? 'denied' : ('partly-approved' as const);
        return { number, outcome, allowed: euro(granted), reasons: [CANARY] };
      }),
      total: euro(allowed.reduce((all, amount) => all + amount, 0)),
      salt: 'c'.repeat(32),
    };
  }

  paymentOf(amount: number, id = this.payment): billing.PaymentDetails {
    return {
      type: 'payment-details',
      id,
      claim: this.id,
      amount: euro(amount),
      reference: CANARY,
      salt: 'd'.repeat(32),
    };
  }

  openInput(change: { replaces?: string; idempotencyKey?: string } = {}) {
    return {
      id: this.id,
      insurer: this.adjuster.organisation,
      linesHash: hashed(this.lines),
      idempotencyKey: `open-${this.id}`,
      ...change,
    };
  }

  async open(change: { replaces?: string } = {}): Promise<billing.ClaimView> {
    const { result } = await this.world.submit(this.provider, 'billing:openClaim', this.openInput(change));
    return result as billing.ClaimView;
  }

  async putLines(lines: billing.ClaimLines = this.lines): Promise<unknown> {
    const { result } = await this.world.submit(
      this.provider,
      'billing:putClaimLines',
      { id: this.id },
      { private: lines },
    );
    return result;
  }

  /** A step that needs no more than the claim's id. */
  async step(
    name: 'acknowledgeClaim' | 'requestInformation' | 'pendClaim' | 'answerInformation' | 'withdrawClaim',
    by?: Caller,
  ): Promise<billing.ClaimView> {
    const ofProvider = name === 'answerInformation' || name === 'withdrawClaim';
    const caller = by ?? (ofProvider ? this.provider : this.adjuster);
    const { result } = await this.world.submit(caller, `billing:${name}`, { id: this.id });
    return result as billing.ClaimView;
  }

  /** Opened, with lines, acknowledged. */
  async acknowledged(): Promise<this> {
    await this.open();
    await this.putLines();
    await this.step('acknowledgeClaim');
    return this;
  }

  async putDecision(details: billing.DecisionDetails, by = this.adjuster): Promise<unknown> {
    const { result } = await this.world.submit(
      by,
      'billing:putDecision',
      { id: this.id },
      { private: details },
    );
    return result;
  }

  decideInput(details: billing.DecisionDetails, outcome: billing.Outcome) {
    return { id: this.id, outcome, ruleSetHash: details.ruleSetHash, detailsHash: hashed(details) };
  }

  /** Both steps of a decision. */
  async decide(allowed: readonly number[], outcome: billing.Outcome, round = 0): Promise<billing.ClaimView> {
    const details = this.decisionOf(allowed, round);
    await this.putDecision(details);
    const input = this.decideInput(details, outcome);
    const { result } = await this.world.submit(this.adjuster, 'billing:decideClaim', input);
    return result as billing.ClaimView;
  }

  async appeal(): Promise<billing.ClaimView> {
    const input = { id: this.id, reason: 'medical-necessity' };
    return (await this.world.submit(this.provider, 'billing:appealClaim', input)).result as billing.ClaimView;
  }

  async putPayment(details: billing.PaymentDetails): Promise<unknown> {
    const { result } = await this.world.submit(
      this.adjuster,
      'billing:putPayment',
      { id: details.id, claim: this.id },
      { private: details },
    );
    return result;
  }

  settleInput(details: billing.PaymentDetails) {
    const idempotencyKey = `settle-${details.id}`;
    return { id: this.id, payment: details.id, paymentHash: hashed(details), idempotencyKey };
  }

  /** Both steps of a settlement. */
  async settle(amount: number, id = this.payment): Promise<billing.ClaimView> {
    const details = this.paymentOf(amount, id);
    await this.putPayment(details);
    const { result } = await this.world.submit(
      this.adjuster,
      'billing:settleClaim',
      this.settleInput(details),
    );
    return result as billing.ClaimView;
  }

  async confirm(id = this.payment): Promise<unknown> {
    return (await this.world.submit(this.provider, 'billing:confirmPayment', { id })).result;
  }
  async reject(id = this.payment): Promise<unknown> {
    return (await this.world.submit(this.provider, 'billing:rejectPayment', { id })).result;
  }

  async view(): Promise<billing.ClaimView> {
    return (await this.world.evaluate(this.provider, 'billing:getClaim', {
      id: this.id,
    })) as billing.ClaimView;
  }
}
