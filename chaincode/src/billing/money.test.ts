import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContractError } from '../ledger/index.js';
import { euro, line } from '../testing/claim-case.js';
import { outcomeOf } from './decide.js';
import { checkLines } from './lines.js';
import { sum, times } from './money.js';

const amount = fc.nat(1_000_000_000);
const lines = fc
  .array(fc.tuple(amount, fc.integer({ min: 1, max: 100_000 })), { minLength: 1, maxLength: 20 })
  .map((pairs) => pairs.map(([price, quantity], index) => line(index + 1, price, quantity)));

function isMismatch(call: () => unknown): boolean {
  try {
    call();
  } catch (error) {
    return error instanceof ContractError && error.code === 'AMOUNT_MISMATCH';
  }
  return false;
}

describe('money', () => {
  it('multiplies and adds exactly, or refuses', () => {
    const any = fc.nat(Number.MAX_SAFE_INTEGER);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), any, (quantity, price) => {
        const exact = BigInt(quantity) * BigInt(price);
        if (exact > BigInt(Number.MAX_SAFE_INTEGER)) return isMismatch(() => times(quantity, euro(price)));
        return BigInt(times(quantity, euro(price)).amount) === exact;
      }),
    );
    fc.assert(
      fc.property(fc.array(any, { maxLength: 5 }), (amounts) => {
        const exact = amounts.reduce((total, next) => total + BigInt(next), 0n);
        const add = () => sum(amounts.map(euro), 'EUR');
        if (exact > BigInt(Number.MAX_SAFE_INTEGER)) return isMismatch(add);
        return BigInt(add().amount) === exact;
      }),
    );
  });

  it('never adds two currencies', () => {
    expect(isMismatch(() => sum([euro(1), { amount: 1, currency: 'USD' }], 'EUR'))).toBe(true);
    expect(isMismatch(() => sum([euro(1)], 'USD'))).toBe(true);
  });

  it('accepts lines with exactly one total, and no line that is a cent off', () => {
    fc.assert(
      fc.property(lines, fc.integer({ min: -3, max: 3 }), fc.nat(), (some, off, pick) => {
        const total = some.reduce((all, next) => all + next.amount.amount, 0);
        if (total + off >= 0) {
          const check = () => checkLines(some, euro(total + off));
          if (off === 0) check();
          else expect(isMismatch(check)).toBe(true);
        }
        const wrong = some.map((next, index) =>
          index === pick % some.length ? { ...next, amount: euro(next.amount.amount + 1) } : next,
        );
        expect(isMismatch(() => checkLines(wrong, euro(total + 1)))).toBe(true);
      }),
    );
  });
});

describe('the outcome of a claim', () => {
  it('is that of its lines where they agree, else partly approved', () => {
    const outcome = fc.constantFrom('approved', 'partly-approved', 'denied');
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1 }), (outcomes) => {
        const agreed = new Set(outcomes).size === 1 ? outcomes[0] : 'partly-approved';
        expect(outcomeOf(outcomes.map((one) => ({ outcome: one })))).toBe(agreed);
      }),
    );
  });
});
