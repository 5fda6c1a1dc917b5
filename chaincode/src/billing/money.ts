import type { Money } from '../api/index.js';
import { refuse } from '../ledger/index.js';

/** Money is whole minor units: sums and products are exact or refused, never rounded. */
export function times(quantity: number, price: Money): Money {
  return exact(BigInt(quantity) * BigInt(price.amount), price.currency);
}

/** @throws ContractError AMOUNT_MISMATCH for two currencies, or a sum that a number cannot hold exactly. */
export function sum(amounts: readonly Money[], currency: string): Money {
  if (amounts.some((money) => money.currency !== currency)) {
    refuse('AMOUNT_MISMATCH', 'amounts are of two currencies');
  }
  return exact(
    amounts.reduce((total, { amount }) => total + BigInt(amount), 0n),
    currency,
  );
}

export function equal(one: Money, other: Money): boolean {
  return one.amount === other.amount && one.currency === other.currency;
}

function exact(amount: bigint, currency: string): Money {
  if (amount > BigInt(Number.MAX_SAFE_INTEGER)) refuse('AMOUNT_MISMATCH', 'the amount is too large');
  return { amount: Number(amount), currency };
}
