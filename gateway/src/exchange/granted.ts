import { ERROR_CODES, type consent } from '@medaccord/chaincode/api';
import type { Ledger } from '../ports.js';
import { ExchangeError } from './exchange-error.js';

/**
 * The decision on the record's true meta, on the own peer, at this gateway's time.
 * @throws ExchangeError with the decision's own code; Problem where the ledger cannot be asked.
 */
export async function requireGranted(ledger: Ledger, request: consent.DecidePrivate): Promise<void> {
  const { granted, code, reason } = await ledger.evaluate('consent:decide', {}, { as: 'service' }, request);
  if (granted) return;
  const known = ERROR_CODES.find((each) => each === code) ?? 'ACCESS_DENIED';
  throw new ExchangeError(known, reason ?? 'the decision is no');
}
