import { z } from 'zod';
import { Id, Instant, Version, consent } from '../api/index.js';
import { assetKind, assetKindBy } from '../ledger/index.js';

export const CONSENT = assetKind('consent', consent.ConsentState);
export const CONSENT_DETAILS = assetKind('consent-details', consent.ConsentDetails);
export const BREAK_GLASS = assetKind('break-glass', consent.BreakGlass);
export const BREAK_GLASS_DETAILS = assetKind('break-glass-details', consent.BreakGlassDetails);

/** In `care`, of the contract's own: which of a practitioner's break-glasses still wait for a review. */
export const BreakGlassRegister = z.strictObject({
  type: z.literal('break-glass-register'),
  practitioner: Id,
  waiting: z.array(z.strictObject({ id: Id, reviewBy: Instant })),
  salt: Id,
  version: Version,
  updatedAt: Instant,
});
export type BreakGlassRegister = z.infer<typeof BreakGlassRegister>;
export const BREAK_GLASS_REGISTER = assetKindBy(
  'break-glass-register',
  BreakGlassRegister,
  ({ practitioner }) => [practitioner],
);

/** An overdue review counts from its hour on, whether or not somebody wrote it down. */
export function isOverdue(register: BreakGlassRegister | undefined, now: string): boolean {
  return register?.waiting.some(({ reviewBy }) => reviewBy <= now) ?? false;
}
