import type { consent } from '../api/index.js';
import {
  PRACTITIONER,
  hashOf,
  plusSeconds,
  refuse,
  type Handler,
  type Transaction,
} from '../ledger/index.js';
import {
  BREAK_GLASS,
  BREAK_GLASS_DETAILS,
  BREAK_GLASS_REGISTER,
  isOverdue,
  type BreakGlassRegister,
} from './kinds.js';

type BreakGlass = consent.BreakGlass;
const MAX_WAITING = 16;

/** A doctor or nurse opens an emergency access, for a short time and under review. */
export const openBreakGlass: Handler<'consent:openBreakGlass', BreakGlass> = async (tx, { id }, priv) => {
  tx.caller.requireCare();
  await tx.caller.requireRole('doctor', 'nurse');
  await tx.assets.requireAbsent(BREAK_GLASS, id);
  tx.organisation(priv.custodian);
  const { subject, organisation } = tx.caller;
  const register = await tx.care.get(BREAK_GLASS_REGISTER, subject);
  const now = tx.timeFor(register?.updatedAt);
  await requireEmergencyRight(tx, register, now);
  const { minutes, ...what } = priv;
  const details: consent.BreakGlassDetails = {
    type: 'break-glass-details',
    id,
    ...what,
    practitioner: subject,
    organisation: organisation.name,
  };
  const state: BreakGlass = {
    type: 'break-glass',
    id,
    status: 'open',
    detailsHash: hashOf(details),
    closesAt: plusSeconds(now, minutes * 60),
    reviewBy: plusSeconds(now, tx.consortium.breakGlassReviewSeconds),
    version: 1,
    updatedAt: now,
  };
  await tx.assets.put(BREAK_GLASS, state);
  await tx.care.put(BREAK_GLASS_DETAILS, details);
  const entered: BreakGlassRegister = {
    type: 'break-glass-register',
    practitioner: subject,
    waiting: [...(register?.waiting ?? []), { id, reviewBy: state.reviewBy }],
    salt: priv.salt,
    version: (register?.version ?? 0) + 1,
    updatedAt: now,
  };
  await tx.care.put(BREAK_GLASS_REGISTER, entered);
  return state;
};

/** A second person of the custodian or of the clinician's organisation says whether it was right; late too. */
export const reviewBreakGlass: Handler<'consent:reviewBreakGlass', BreakGlass> = async (
  tx,
  { id, outcome },
) => {
  tx.caller.requireCare();
  await tx.caller.requireRole('admin', 'auditor', 'doctor');
  const state = await tx.assets.require(BREAK_GLASS, id);
  const details = await tx.care.require(BREAK_GLASS_DETAILS, id);
  const { name } = tx.caller.organisation;
  if (name !== details.custodian && name !== details.organisation) {
    refuse('UNAUTHORIZED_ORGANISATION', "only at the custodian or the clinician's organisation");
  }
  if (details.practitioner === tx.caller.subject) refuse('SELF_APPROVAL', 'another person reviews');
  if (state.status !== 'open' && state.status !== 'overdue') {
    refuse('INVALID_STATE', `break-glass is ${state.status}`);
  }
  const reviewed = { ...details, reviewer: tx.caller.subject };
  await tx.care.put(BREAK_GLASS_DETAILS, reviewed);
  await settle(tx, details.practitioner, id);
  if (outcome === 'unjustified') await suspendEmergencyRight(tx, details.practitioner);
  return save(tx, state, { status: outcome, detailsHash: hashOf(reviewed) });
};

/** Nobody reviewed it in time: the clinician's emergency right is gone until an admin gives it back. */
export const expireBreakGlass: Handler<'consent:expireBreakGlass', BreakGlass> = async (tx, { id }) => {
  tx.caller.requireCare();
  await tx.caller.requireActor();
  const state = await tx.assets.require(BREAK_GLASS, id);
  if (state.status !== 'open') refuse('INVALID_STATE', `break-glass is ${state.status}`);
  if (tx.timeFor(state.updatedAt) < state.reviewBy) refuse('INVALID_STATE', 'there is time for a review');
  const { practitioner } = await tx.care.require(BREAK_GLASS_DETAILS, id);
  await settle(tx, practitioner, id);
  await suspendEmergencyRight(tx, practitioner);
  return save(tx, state, { status: 'overdue' });
};

async function requireEmergencyRight(
  tx: Transaction,
  register: BreakGlassRegister | undefined,
  now: string,
): Promise<void> {
  const { breakGlassSuspended } = await tx.assets.require(PRACTITIONER, tx.caller.subject);
  if (breakGlassSuspended || isOverdue(register, now)) {
    refuse('BREAK_GLASS_SUSPENDED', 'a break-glass was unjustified or not reviewed in time');
  }
  if ((register?.waiting.length ?? 0) >= MAX_WAITING) {
    refuse('BREAK_GLASS_SUSPENDED', 'too many break-glasses wait for a review');
  }
}

async function settle(tx: Transaction, practitioner: string, id: string): Promise<void> {
  const register = await tx.care.require(BREAK_GLASS_REGISTER, practitioner);
  const waiting = register.waiting.filter((entry) => entry.id !== id);
  await tx.care.put(BREAK_GLASS_REGISTER, tx.next(register, { waiting }));
}

async function suspendEmergencyRight(tx: Transaction, id: string): Promise<void> {
  const practitioner = await tx.assets.require(PRACTITIONER, id);
  if (practitioner.breakGlassSuspended) return;
  await tx.assets.put(PRACTITIONER, tx.next(practitioner, { breakGlassSuspended: true }));
}

async function save(tx: Transaction, before: BreakGlass, change: Partial<BreakGlass>): Promise<BreakGlass> {
  const after = tx.next(before, change);
  await tx.assets.put(BREAK_GLASS, after);
  return after;
}
