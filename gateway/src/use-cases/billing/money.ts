import type { Money } from '@medaccord/chaincode/api';
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
