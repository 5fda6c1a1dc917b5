import type { Money, billing } from '@medaccord/chaincode/api';
import { Problem } from '../../errors.js';

/** Sum in one currency. @throws Problem REQUEST_INVALID for several currencies or a sum beyond 2^53 - 1. */
export function sum(amounts: readonly Money[]): Money {
  const currency = amounts[0]?.currency ?? 'XXX';
  if (amounts.some((amount) => amount.currency !== currency)) {
    throw new Problem('REQUEST_INVALID', 'all amounts must have one currency');
  }
  const total = amounts.reduce((subtotal, { amount }) => subtotal + amount, 0);
  if (!Number.isSafeInteger(total)) throw new Problem('REQUEST_INVALID', 'the total is too large');
  return { amount: total, currency };
}

/**
 * The total of an invoice's or claim's lines. Says here what the contract says of private lines, which come only
 * after the public step: what cannot add up opens no claim.
 * @throws Problem INVALID_ARGUMENT, AMOUNT_MISMATCH, REQUEST_INVALID
 */
export function totalOf(lines: readonly billing.Line[]): Money {
  const total = sum(lines.map(({ amount }) => amount));
  if (new Set(lines.map(({ number }) => number)).size !== lines.length) {
    throw new Problem('INVALID_ARGUMENT', 'a line number is used twice');
  }
  for (const { number, quantity, unitPrice, amount } of lines) {
    if (unitPrice.currency !== amount.currency || quantity * unitPrice.amount !== amount.amount) {
      throw new Problem('AMOUNT_MISMATCH', `line ${number}: quantity times price is not the amount`);
    }
  }
  return total;
}
