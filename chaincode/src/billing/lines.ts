import type { Money, billing } from '../api/index.js';
import { refuse } from '../ledger/index.js';
import { equal, sum, times } from './money.js';

/**
 * Lines of an invoice or a claim: numbers are distinct, quantity times price is the amount, amounts add up to the
 * total, all in one currency.
 * @throws ContractError INVALID_ARGUMENT, AMOUNT_MISMATCH
 */
export function checkLines(lines: readonly billing.Line[], total: Money): void {
  requireDistinct(lines.map(({ number }) => number));
  for (const { number, quantity, unitPrice, amount } of lines) {
    if (!equal(times(quantity, unitPrice), amount)) {
      refuse('AMOUNT_MISMATCH', `line ${String(number)}: quantity times price is not the amount`);
    }
  }
  requireTotal(
    lines.map(({ amount }) => amount),
    total,
  );
}

/** @throws ContractError AMOUNT_MISMATCH */
export function requireTotal(amounts: readonly Money[], total: Money): void {
  if (!equal(sum(amounts, total.currency), total))
    refuse('AMOUNT_MISMATCH', 'the lines do not add up to the total');
}

/** @throws ContractError INVALID_ARGUMENT */
export function requireDistinct(numbers: readonly number[]): void {
  if (new Set(numbers).size !== numbers.length) refuse('INVALID_ARGUMENT', 'a line number is used twice');
}
