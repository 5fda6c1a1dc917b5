import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JWS_TYPES, type consent } from '../api/index.js';
import * as chaincode from '../index.js';
import { hashOf } from '../ledger/index.js';
import {
  CUSTODIAN,
  World,
  leafOf,
  openClinic,
  practitioner,
  refusal,
  type Caller,
} from '../testing/index.js';

const MINUTE = 60_000;
const REVIEW_MINUTES = 20;
const CATEGORIES = ['laboratory', 'imaging'] as const;

/** What a test's consent is, in the model's few words; times in minutes since the beginning. */
interface Terms {
  readonly reader: 0 | 1;
  readonly categories: readonly string[];
  readonly from: number;
  readonly until: number;
  readonly mayDelegate: boolean;
  /** An exception of records labelled `hiv`. */
  readonly exceptHiv: boolean;
}
interface ModelConsent extends Terms {
  readonly signed: consent.Consent;
  readonly parent: number | undefined;
  ended: boolean;
}
interface ModelGlass {
  readonly id: string;
  readonly closes: number;
  readonly reviewBy: number;
  status: 'open' | 'justified' | 'unjustified' | 'overdue';
}

/**
 * The rules once more, written for this test alone: a consent gives what it and all that it comes from give; a
 * break-glass gives until it closes, while its clinician has the emergency right.
 */
class Model {
  readonly consents: ModelConsent[] = [];
  readonly glasses: ModelGlass[] = [];
  now = 0;
  emergencyRight = true;

  inForce(index: number): boolean {
    const one = this.consents[index];
    if (one === undefined || one.ended || this.now < one.from || this.now >= one.until) return false;
    return one.parent === undefined || this.inForce(one.parent);
  }
  covers(index: number, category: string, hiv: boolean): boolean {
    const one = this.consents[index];
    if (one === undefined || !one.categories.includes(category) || (hiv && one.exceptHiv)) return false;
    return one.parent === undefined || this.covers(one.parent, category, hiv);
  }
  allows(index: number, reader: number, category: string, hiv: boolean): boolean {
    return (
      this.consents[index]?.reader === reader && this.inForce(index) && this.covers(index, category, hiv)
    );
  }
  hasEmergencyRight(): boolean {
    const overdue = this.glasses.some(({ status, reviewBy }) => status === 'open' && reviewBy <= this.now);
    return this.emergencyRight && !overdue;
  }
  glassAllows({ status, closes }: ModelGlass): boolean {
    return this.hasEmergencyRight() && (status === 'open' || status === 'justified') && this.now < closes;
  }
}

/** Few times, so that calls fall together with the instants at which something begins and ends. */
const time = fc.constantFrom(5, 10, 20, 40);
const span = { delay: fc.constantFrom(0, 0, 5), minutes: time };
const scope = {
  reader: fc.constantFrom(0 as const, 1 as const),
  categories: fc.subarray([...CATEGORIES], { minLength: 1 }),
  mayDelegate: fc.boolean(),
  exceptHiv: fc.boolean(),
};
const target = fc.nat(7);
const call = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant('grant' as const), ...span, ...scope }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('replace' as const), target, ...span, ...scope }) },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('delegate' as const),
      target,
      narrow: fc.boolean(),
      ...span,
      ...scope,
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('revoke' as const), target }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('expire' as const), target }) },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('wait' as const), minutes: time }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('open' as const), minutes: time }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('review' as const),
      target,
      outcome: fc.constantFrom('justified' as const, 'unjustified' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('overdue' as const), target }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('reinstate' as const) }) },
);
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

async function play(calls: readonly Call[]): Promise<void> {
  const world = new World(chaincode);
  const clinic = await openClinic(world, { breakGlassReviewSeconds: REVIEW_MINUTES * 60 });
  const readers: [Caller, Caller] = [clinic.visitor, await practitioner(world, 'lab-a', 'technician')];
  const start = world.now.getTime();
  const model = new Model();
  const instant = (minutes: number) => new Date(start + minutes * MINUTE).toISOString();

  const terms = ({ reader, categories, from, until, mayDelegate, exceptHiv }: Terms): consent.Consent => ({
    type: 'consent',
    id: world.id(),
    channel: world.channel,
    custodian: CUSTODIAN,
    patient: clinic.patient,
    grantee: {
      kind: 'practitioner',
      organisation: readers[reader].organisation,
      id: readers[reader].subject,
    },
    permissions: mayDelegate ? ['read', 'delegate'] : ['read'],
    purposes: ['treatment'],
    filters: { categories: [...categories] },
    except: exceptHiv ? [{ filters: { labels: ['hiv'] } }] : [],
    notBefore: instant(from),
    expiresAt: instant(until),
  });
  const grant = (signed: consent.Consent) =>
    world.submit(
      clinic.gateway,
      'consent:grant',
      { id: signed.id },
      {
        private: { jws: clinic.device.sign(JWS_TYPES.consent, signed), salt: world.id() },
      },
    );

  /** Runs one call on the ledger; the model says beforehand whether it goes through, and then changes. */
  async function step(next: Call): Promise<void> {
    const expectOutcome = async (allowed: boolean, submitted: Promise<unknown>, change: () => void) => {
      const code = await refusal(submitted);
      expect([next, code === undefined]).toEqual([next, allowed]);
      if (allowed) change();
    };
    const index = 'target' in next ? next.target % Math.max(1, model.consents.length) : 0;
    const chosen = 'target' in next ? model.consents[index] : undefined;
    const glass =
      'target' in next ? model.glasses[next.target % Math.max(1, model.glasses.length)] : undefined;
    switch (next.op) {
      case 'wait':
        model.now += next.minutes;
        world.advance(next.minutes * 60);
        return;
      case 'grant':
      case 'replace': {
        if (next.op === 'replace' && chosen === undefined) return;
        const from = model.now + next.delay;
        const wanted: Terms = { ...next, from, until: from + next.minutes };
        const signed = terms(wanted);
        const replaces = chosen && { id: chosen.signed.id, hash: hashOf(chosen.signed) };
        const text = replaces ? { ...signed, replaces } : signed;
        const allowed = chosen === undefined || (!chosen.ended && chosen.parent === undefined);
        return expectOutcome(allowed, grant(text), () => {
          if (chosen) chosen.ended = true;
          model.consents.push({ ...wanted, signed: text, parent: undefined, ended: false });
        });
      }
      case 'delegate': {
        if (chosen === undefined) return;
        const from = chosen.from + next.delay;
        const categories = next.narrow ? chosen.categories : next.categories;
        const until = next.narrow ? chosen.until : from + next.minutes;
        const wanted: Terms = { ...next, categories, from, until };
        const signed = terms(wanted);
        const within =
          from < until &&
          wanted.until <= chosen.until &&
          wanted.categories.every((category) => chosen.categories.includes(category));
        const allowed = model.inForce(index) && chosen.mayDelegate && within && model.now < wanted.until;
        const submitted = world.submit(
          readers[chosen.reader],
          'consent:delegate',
          { id: signed.id, parent: chosen.signed.id },
          { private: { consent: signed, salt: world.id() } },
        );
        return expectOutcome(allowed, submitted, () => {
          model.consents.push({ ...wanted, signed, parent: index, ended: false });
        });
      }
      case 'revoke': {
        if (chosen === undefined) return;
        const jws = clinic.device.sign(JWS_TYPES.revocation, {
          type: 'consent-revocation',
          id: world.id(),
          channel: world.channel,
          custodian: CUSTODIAN,
          patient: clinic.patient,
          consent: { id: chosen.signed.id, hash: hashOf(chosen.signed) },
          expiresAt: instant(model.now + 1),
        });
        const submitted = world.submit(
          clinic.gateway,
          'consent:revoke',
          { id: chosen.signed.id },
          { private: { jws } },
        );
        return expectOutcome(!chosen.ended, submitted, () => {
          chosen.ended = true;
        });
      }
      case 'expire': {
        if (chosen === undefined) return;
        const submitted = world.submit(clinic.gateway, 'consent:expire', { id: chosen.signed.id });
        return expectOutcome(!chosen.ended && chosen.until <= model.now, submitted, () => {
          chosen.ended = true;
        });
      }
      case 'open': {
        const id = world.id();
        const submitted = world.submit(
          clinic.visitor,
          'consent:openBreakGlass',
          { id },
          {
            private: {
              patient: clinic.patient,
              custodian: CUSTODIAN,
              reason: 'unconscious after an accident',
              minutes: next.minutes,
              salt: world.id(),
            },
          },
        );
        return expectOutcome(model.hasEmergencyRight(), submitted, () => {
          const { now } = model;
          model.glasses.push({
            id,
            closes: now + next.minutes,
            reviewBy: now + REVIEW_MINUTES,
            status: 'open',
          });
        });
      }
      case 'review': {
        if (glass === undefined) return;
        const allowed = glass.status === 'open' || glass.status === 'overdue';
        const input = { id: glass.id, outcome: next.outcome };
        return expectOutcome(allowed, world.submit(clinic.admin, 'consent:reviewBreakGlass', input), () => {
          glass.status = next.outcome;
          if (next.outcome === 'unjustified') model.emergencyRight = false;
        });
      }
      case 'overdue': {
        if (glass === undefined) return;
        const allowed = glass.status === 'open' && glass.reviewBy <= model.now;
        const submitted = world.submit(clinic.gateway, 'consent:expireBreakGlass', { id: glass.id });
        return expectOutcome(allowed, submitted, () => {
          glass.status = 'overdue';
          model.emergencyRight = false;
        });
      }
      case 'reinstate': {
        const input = { id: clinic.visitor.subject };
        const submitted = world.submit(clinic.visitorAdmin, 'directory:reinstatePractitioner', input);
        return expectOutcome(!model.emergencyRight, submitted, () => {
          model.emergencyRight = true;
        });
      }
    }
  }

  async function granted(
    reader: Caller,
    basis: consent.Basis,
    category: string,
    hiv: boolean,
  ): Promise<boolean> {
    const { organisation, subject, role } = reader;
    const answer = await world.evaluate(
      clinic.gateway,
      'consent:decide',
      {},
      {
        private: {
          requester: { organisation, subject, role },
          permission: 'read',
          purpose: 'treatment',
          meta: leafOf(clinic, clinic.doctor, { category, labels: hiv ? ['hiv'] : [] }).meta,
          basis,
        },
      },
    );
    return (answer as consent.Decision).granted;
  }

  /** The decisions are the model's: of every consent for its grantee, in turn for the other one. */
  async function compare(turn: number): Promise<void> {
    for (const [index, { signed, reader }] of model.consents.entries()) {
      const number = (turn + index) % 4 === 0 ? 1 - reader : reader;
      const category = CATEGORIES[(turn + index) % 2] ?? 'laboratory';
      const hiv = turn % 3 === 0;
      const basis = { kind: 'consent', consent: signed.id } as const;
      const asked = [index, number, category, hiv];
      const answer = await granted(readers[number] ?? readers[0], basis, category, hiv);
      expect([...asked, answer]).toEqual([...asked, model.allows(index, number, category, hiv)]);
    }
    for (const glass of model.glasses) {
      const basis = { kind: 'emergency', breakGlass: glass.id } as const;
      expect(await granted(clinic.visitor, basis, 'laboratory', true)).toBe(model.glassAllows(glass));
      expect(await granted(readers[1], basis, 'laboratory', true)).toBe(false);
    }
  }

  for (const [turn, next] of calls.entries()) {
    await step(next);
    await compare(turn);
  }
}

describe('any sequence of consent calls', () => {
  it('leaves the ledger where the model says, and every decision with it', { timeout: 120_000 }, async () => {
    await fc.assert(fc.asyncProperty(fc.array(call, { minLength: 12, maxLength: 30, size: 'max' }), play), {
      numRuns: 25,
    });
  });
});
