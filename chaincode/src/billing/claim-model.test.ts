import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { billing } from '../api/index.js';
import { CANARY, ClaimCase } from '../testing/claim-case.js';
import { SIX_ORGANISATIONS } from '../testing/consortiums.js';
import { practitioner } from '../testing/founding.js';
import type { Caller } from '../testing/world.js';
import { Refused } from '../testing/world-errors.js';

/**
 * A claim as its users think of it, written apart from the contract: one word for where it stands, what has been
 * put but not yet named, and its payments.
 */
interface Model {
  readonly stands: 'nothing' | billing.ClaimStatus;
  readonly lines: boolean;
  readonly unanswered: boolean;
  readonly round: number;
  readonly decided?: billing.Outcome;
  readonly drafts: Readonly<Record<number, billing.Outcome>>;
  /** Round for which the payment at hand was put. */
  readonly drawn?: number;
  readonly payment: 'none' | 'ordered' | 'confirmed' | 'rejected';
}
const NOTHING: Model = {
  stands: 'nothing',
  lines: false,
  unanswered: false,
  round: 0,
  drafts: {},
  payment: 'none',
};

const KINDS = [
  'open',
  'putLines',
  'acknowledge',
  'request',
  'answer',
  'pend',
  'putDecision',
  'decide',
  'appeal',
  'putPayment',
  'settle',
  'confirm',
  'reject',
  'withdraw',
] as const;
type Kind = (typeof KINDS)[number];
const WHO = ['provider', 'insurer', 'clerk', 'rival', 'neighbour'] as const;
type Who = (typeof WHO)[number];
interface Command {
  readonly kind: Kind;
  readonly who: Who;
  readonly outcome: billing.Outcome;
}
const OUTCOMES = ['approved', 'partly-approved', 'denied'] as const;
const ALLOWED = { approved: [10_000, 5_000], 'partly-approved': [10_000, 1], denied: [0, 0] } as const;
const TOTAL = { approved: 15_000, 'partly-approved': 10_001, denied: 0 } as const;

/** What must come of a command; undefined: it must be refused. */
function next(model: Model, { kind, who, outcome }: Command): Model | undefined {
  const { stands, round } = model;
  const isOpen = ['acknowledged', 'information-requested', 'pended', 'appealed'].includes(stands);
  const insurers = who === 'insurer' || who === 'clerk';
  const provider = who === 'provider';
  const takenUp = { ...model, decided: undefined, round: stands === 'appealed' ? round + 1 : round };
  const draftRound = takenUp.round;
  switch (kind) {
    case 'open':
      return provider && stands === 'nothing' ? { ...model, stands: 'submitted' } : undefined;
    case 'putLines':
      return provider && (stands === 'submitted' || model.lines) ? { ...model, lines: true } : undefined;
    case 'acknowledge':
      return insurers && model.lines && (stands === 'submitted' || stands === 'appealed')
        ? { ...takenUp, stands: 'acknowledged' }
        : undefined;
    case 'request': {
      const waits = stands === 'information-requested' && model.unanswered;
      return insurers && isOpen && !waits
        ? { ...takenUp, stands: 'information-requested', unanswered: true }
        : undefined;
    }
    case 'answer':
      return provider && stands === 'information-requested' && model.unanswered
        ? { ...model, unanswered: false }
        : undefined;
    case 'pend':
      return insurers && isOpen && stands !== 'pended' ? { ...takenUp, stands: 'pended' } : undefined;
    case 'putDecision':
      return who === 'insurer' && isOpen
        ? { ...model, drafts: { ...model.drafts, [draftRound]: outcome } }
        : undefined;
    case 'decide':
      return who === 'insurer' && isOpen && model.drafts[draftRound] === outcome
        ? { ...takenUp, stands: outcome, decided: outcome }
        : undefined;
    case 'appeal':
      return provider && (stands === 'partly-approved' || stands === 'denied')
        ? { ...model, stands: 'appealed' }
        : undefined;
    case 'putPayment':
      return insurers && (stands === 'approved' || stands === 'partly-approved')
        ? { ...model, drawn: round }
        : undefined;
    case 'settle':
      return insurers && (stands === 'approved' || stands === 'partly-approved') && model.drawn === round
        ? { ...model, stands: 'settled', payment: 'ordered', drawn: undefined }
        : undefined;
    case 'confirm':
      return provider && model.payment === 'ordered' ? { ...model, payment: 'confirmed' } : undefined;
    case 'reject':
      return provider && model.payment === 'ordered' && model.decided !== undefined
        ? { ...model, payment: 'rejected', stands: model.decided }
        : undefined;
    case 'withdraw':
      return provider && !['nothing', 'settled', 'withdrawn'].includes(stands)
        ? { ...model, stands: 'withdrawn' }
        : undefined;
  }
}

/** The real claim beside the model: turns commands into calls. */
class Run {
  /** The payment that the next putPayment and settle are about. */
  private payment: string;
  private ordered: string;

  constructor(
    private readonly claim: ClaimCase,
    private readonly callers: Readonly<Record<Who, Caller>>,
  ) {
    this.payment = claim.world.id();
    this.ordered = this.payment;
  }

  async call({ kind, who, outcome }: Command, model: Model): Promise<void> {
    const { claim } = this;
    const { world, id } = claim;
    const by = this.callers[who];
    const round = model.stands === 'appealed' ? model.round + 1 : model.round;
    const pair = [claim.provider.organisation, claim.adjuster.organisation] as const;
    const step = (
      name: 'acknowledgeClaim' | 'requestInformation' | 'answerInformation' | 'pendClaim' | 'withdrawClaim',
    ) => world.submit(by, `billing:${name}`, { id }, { pair });
    switch (kind) {
      case 'open':
        return void (await world.submit(
          by,
          'billing:openClaim',
          claim.openInput({ idempotencyKey: world.id() }),
        ));
      case 'putLines':
        return void (await world.submit(by, 'billing:putClaimLines', { id }, { private: claim.lines, pair }));
      case 'acknowledge':
        return void (await step('acknowledgeClaim'));
      case 'request':
        return void (await step('requestInformation'));
      case 'answer':
        return void (await step('answerInformation'));
      case 'pend':
        return void (await step('pendClaim'));
      case 'withdraw':
        return void (await step('withdrawClaim'));
      case 'putDecision': {
        const details = claim.decisionOf(ALLOWED[outcome], round);
        return void (await world.submit(by, 'billing:putDecision', { id }, { private: details, pair }));
      }
      case 'decide': {
        // The caller names the draft that is there, and says what outcome it has: rightly or not.
        const drafted = model.drafts[round] ?? outcome;
        const input = claim.decideInput(claim.decisionOf(ALLOWED[drafted], round), outcome);
        return void (await world.submit(by, 'billing:decideClaim', input, { pair }));
      }
      case 'appeal':
        return void (await world.submit(by, 'billing:appealClaim', { id, reason: 'r' }, { pair }));
      case 'putPayment': {
        const details = claim.paymentOf(TOTAL[model.decided ?? outcome], this.payment);
        const input = { id: this.payment, claim: id };
        return void (await world.submit(by, 'billing:putPayment', input, { private: details, pair }));
      }
      case 'settle': {
        const details = claim.paymentOf(TOTAL[this.drawnFor ?? outcome], this.payment);
        const input = { ...claim.settleInput(details), idempotencyKey: world.id() };
        await world.submit(by, 'billing:settleClaim', input, { pair });
        this.ordered = this.payment;
        this.payment = world.id();
        return;
      }
      case 'confirm':
        return void (await world.submit(by, 'billing:confirmPayment', { id: this.ordered }));
      case 'reject':
        return void (await world.submit(by, 'billing:rejectPayment', { id: this.ordered }));
    }
  }

  /** Outcome whose total the payment at hand was put with. */
  drawnFor: billing.Outcome | undefined;

  /** The ledger says what the model says. */
  check(model: Model): void {
    const { world, id } = this.claim;
    const claim = world.value('claim', id) as billing.Claim | undefined;
    const decision = world.value('claim-decision', id) as billing.ClaimDecision | undefined;
    if (claim === undefined || decision === undefined) {
      expect(model.stands).toBe('nothing');
      return;
    }
    const status = claim.status === 'submitted' ? this.claimStatus(claim, decision) : claim.status;
    expect(status).toBe(model.stands);
    expect(decision.round).toBe(model.round);
    expect(claim).toMatchObject({ hospital: 'hospital-a', insurer: 'insurer-a' });
    const payment = world.value('payment', this.ordered) as billing.Payment | undefined;
    expect(payment?.status ?? 'none').toBe(model.payment);
  }

  private claimStatus(claim: billing.Claim, decision: billing.ClaimDecision): string {
    if (claim.appeals > decision.round) return 'appealed';
    const payment = world(this.claim, decision.payment);
    if (decision.status === 'settled' && payment?.status === 'rejected') return decision.outcome ?? '?';
    return decision.status === 'none' ? 'submitted' : decision.status;
  }
}

function world(claim: ClaimCase, payment: string | undefined): billing.Payment | undefined {
  return payment === undefined ? undefined : (claim.world.value('payment', payment) as billing.Payment);
}

describe('random calls by random callers', () => {
  let claim: ClaimCase;
  let callers: Record<Who, Caller>;
  beforeAll(async () => {
    claim = await ClaimCase.start(SIX_ORGANISATIONS);
    callers = {
      provider: claim.provider,
      insurer: claim.adjuster,
      clerk: await practitioner(claim.world, 'insurer-a', 'clerk'),
      rival: await practitioner(claim.world, 'insurer-b', 'adjuster'),
      neighbour: await practitioner(claim.world, 'hospital-b', 'billing'),
    };
  });

  it('reach no state that the model forbids, and are refused exactly where it refuses', async () => {
    // Wild commands come from anybody, untimely ones from who might but perhaps not now; a push forward in between
    // reaches the late states.
    const wild = fc.record({
      kind: fc.constantFrom(...KINDS),
      who: fc.constantFrom(...WHO),
      outcome: fc.constantFrom(...OUTCOMES),
    });
    const untimely = fc.record({ kind: fc.constantFrom(...KINDS), outcome: fc.constantFrom(...OUTCOMES) });
    const forward = fc.record({ pick: fc.nat(), outcome: fc.constantFrom(...OUTCOMES) });
    const reached = new Set<string>();
    let accepted = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.noBias(fc.oneof(wild, untimely.map(byRightful), forward, forward)), {
          minLength: 20,
          maxLength: 40,
          size: 'max',
        }),
        async (steps) => {
          const current = claim.another();
          const run = new Run(current, callers);
          let model = NOTHING;
          for (const step of steps) {
            const command = 'pick' in step ? anyAllowed(model, step) : step;
            if (command === undefined || isForeignOpening(command)) continue;
            const expected = next(model, command);
            const outcome = await run.call(command, model).then(
              () => true,
              (error: unknown) => {
                if (error instanceof Refused && error.code !== undefined) return false;
                // memberOnlyWrite and memberOnlyRead are the ledger's own refusal.
                if (error instanceof Refused && error.message.includes('access permission')) return false;
                throw error;
              },
            );
            expect(outcome, `${JSON.stringify(command)} on ${JSON.stringify(model)}`).toBe(
              expected !== undefined,
            );
            if (outcome) accepted += 1;
            else refused += 1;
            if (expected !== undefined) {
              if (command.kind === 'putPayment') run.drawnFor = model.decided;
              model = expected;
            }
            reached.add(model.stands);
            run.check(model);
          }
        },
      ),
      { numRuns: 100, seed: 20260105, endOnFailure: false },
    );
    expect(claim.world.disclosure.isPublished(CANARY)).toBe(false);
    expect([...reached].sort()).toEqual([
      'acknowledged',
      'appealed',
      'approved',
      'denied',
      'information-requested',
      'nothing',
      'partly-approved',
      'pended',
      'settled',
      'submitted',
      'withdrawn',
    ]);
    expect(accepted).toBeGreaterThan(200);
    expect(refused).toBeGreaterThan(200);
  }, 60_000);
});

/** Withdrawal left to the wild ones, as it ends all. */
function byRightful({ kind, outcome }: Omit<Command, 'who'>): Command {
  const providers: readonly Kind[] = ['open', 'putLines', 'answer', 'appeal', 'confirm', 'reject'];
  if (kind === 'withdraw') return { kind: 'settle', who: 'insurer', outcome };
  return { kind, who: providers.includes(kind) ? 'provider' : 'insurer', outcome };
}

/** Another hospital may open a claim of its own under this id: that is another claim. */
function isForeignOpening({ kind, who }: Command): boolean {
  return kind === 'open' && who === 'neighbour';
}

/** What brings a claim further is taken more often than what keeps it waiting; withdrawal ends all. */
const FORWARD: readonly Kind[] = [
  ...KINDS.filter((kind) => kind !== 'withdraw'),
  ...(['decide', 'decide', 'putDecision', 'settle', 'settle', 'reject', 'appeal'] as const),
];

/** One of the commands that the model allows here. */
function anyAllowed(
  model: Model,
  { pick, outcome }: { pick: number; outcome: billing.Outcome },
): Command | undefined {
  const commands = FORWARD.map((kind) => byRightful({ kind, outcome: model.drafts[model.round] ?? outcome }));
  const allowed = commands.filter((command) => next(model, command) !== undefined);
  return allowed[pick % Math.max(allowed.length, 1)];
}
