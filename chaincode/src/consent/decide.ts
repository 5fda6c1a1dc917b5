import type { ErrorCode, Role, consent, directory } from '../api/index.js';
import { isApproved } from '../ledger/index.js';
import { matchesFilters } from './filters.js';
import { isGrantee, type Person } from './grantee.js';
import { isOverdue, type BreakGlassRegister } from './kinds.js';

/** Offices keep the register of treatments, and read no record by it. */
const TREATING_ROLES: readonly Role[] = ['doctor', 'nurse', 'technician', 'pharmacist'];

/** What is asked: who wants to do what with which record, on which basis. */
export type AccessRequest = consent.DecidePrivate;

/** One consent as it stands; a delegated one is followed by those it comes from. */
export interface ConsentLink {
  readonly state: consent.ConsentState;
  readonly consent: consent.Consent;
}

/** All that a decision looks at, read from the ledger beforehand. */
export interface DecisionState {
  readonly now: string;
  /** The requester's registration. */
  readonly practitioner: directory.Practitioner | undefined;
  /** Basis consent: the named one, its parent, and so on; empty where it does not exist. */
  readonly chain: readonly ConsentLink[];
  /** Pseudonyms whose consents cover the record: its own, and those it was merged into. */
  readonly patients: readonly string[];
  /** Basis treatment: the named relation of the record's patient and the requester. */
  readonly treatment: directory.Treatment | undefined;
  readonly breakGlass:
    { readonly state: consent.BreakGlass; readonly details: consent.BreakGlassDetails } | undefined;
  /** Basis emergency: what of the requester's waits for a review. */
  readonly register: BreakGlassRegister | undefined;
}

interface Refusal {
  readonly code: ErrorCode;
  readonly reason: string;
}

/**
 * The one decision about a record, for `consent:decide`, `record:access` and `record:anchor` alike. Pure: the same
 * request and state give the same answer on every peer.
 */
export function decide(request: AccessRequest, state: DecisionState): consent.Decision {
  const refusal = request.basis.kind === 'legal' ? refuseOwner(request) : refusePractitioner(request, state);
  const basis = request.basis.kind;
  return refusal === undefined ? { granted: true, basis } : { granted: false, basis, ...refusal };
}

function refusePractitioner(request: AccessRequest, state: DecisionState): Refusal | undefined {
  const { organisation, role } = request.requester;
  if (!isApproved(state.practitioner, organisation, role)) {
    return no('PRACTITIONER_NOT_APPROVED', 'not an approved practitioner of this organisation in this role');
  }
  switch (request.basis.kind) {
    case 'treatment':
      return refuseTreatment(request, request.basis.treatment, state);
    case 'consent':
      return refuseConsent(request, state);
    default:
      return refuseEmergency(request, state.practitioner, state);
  }
}

/** The patient's own right of access, at the custodian and to read alone; its signature is checked elsewhere. */
function refuseOwner({ requester, permission, purpose, meta }: AccessRequest): Refusal | undefined {
  const isOwner =
    requester.role === 'patient' &&
    requester.subject === meta.patient &&
    requester.organisation === meta.custodian;
  if (!isOwner) return no('ACCESS_DENIED', 'only the patient itself, at the custodian');
  if (permission !== 'read' || purpose !== 'legal') return no('ACCESS_DENIED', 'only to read, purpose legal');
  return undefined;
}

function refuseTreatment(
  { requester, permission, purpose, meta }: AccessRequest,
  id: string,
  { treatment, now }: DecisionState,
): Refusal | undefined {
  if (requester.organisation !== meta.custodian) {
    return no('ACCESS_DENIED', "a treatment relation is for the custodian's own staff");
  }
  if (treatment?.id !== id || treatment.custodian !== meta.custodian) {
    return no('ACCESS_DENIED', 'no such treatment relation');
  }
  if (treatment.status !== 'open' || now < treatment.from || treatment.until <= now) {
    return no('ACCESS_DENIED', 'the treatment relation is not open');
  }
  if (!TREATING_ROLES.includes(requester.role)) {
    return no('ACCESS_DENIED', 'a treatment relation is for who treats');
  }
  if (permission === 'delegate' || purpose !== 'treatment') {
    return no('ACCESS_DENIED', 'a treatment relation covers reading and writing for treatment');
  }
  return undefined;
}

/** A delegated consent holds as long as, and no further than, each one it comes from. */
function refuseConsent(request: AccessRequest, state: DecisionState): Refusal | undefined {
  const [named] = state.chain;
  if (named === undefined) return no('NOT_FOUND', 'no such consent');
  if (!isGrantee(named.consent.grantee, request.requester)) {
    return no('ACCESS_DENIED', 'the consent is given to somebody else');
  }
  for (const link of state.chain) {
    const refusal = refuseStanding(link, state.now) ?? refuseScope(link.consent, request, state.patients);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** Why a consent is not in force now. */
export function refuseStanding({ state, consent }: ConsentLink, now: string): Refusal | undefined {
  if (state.status === 'expired' || consent.expiresAt <= now) {
    return no('CONSENT_EXPIRED', 'the consent has expired');
  }
  if (state.status !== 'active') return no('CONSENT_NOT_ACTIVE', `the consent is ${state.status}`);
  if (now < consent.notBefore) return no('CONSENT_NOT_ACTIVE', 'the consent is not yet in force');
  return undefined;
}

function refuseScope(
  terms: consent.Consent,
  { requester, permission, purpose, meta }: AccessRequest,
  patients: readonly string[],
): Refusal | undefined {
  if (!patients.includes(terms.patient) || terms.custodian !== meta.custodian) {
    return no('CONSENT_MISMATCH', 'the consent is about other records');
  }
  if (!terms.permissions.includes(permission)) return no('ACCESS_DENIED', `no permission to ${permission}`);
  if (!terms.purposes.includes(purpose)) return no('ACCESS_DENIED', `not for the purpose ${purpose}`);
  if (!matchesFilters(terms.filters, meta)) return no('ACCESS_DENIED', 'the record is outside the filters');
  if (isExcepted(terms, requester, meta)) return no('ACCESS_DENIED', 'a deny exception applies');
  return undefined;
}

function isExcepted(terms: consent.Consent, requester: Person, meta: consent.RecordMeta): boolean {
  return terms.except.some(
    ({ grantee, filters }) =>
      (grantee === undefined || isGrantee(grantee, requester)) &&
      (filters === undefined || matchesFilters(filters, meta)),
  );
}

function refuseEmergency(
  { requester, permission, purpose, meta }: AccessRequest,
  practitioner: directory.Practitioner,
  { breakGlass, register, now }: DecisionState,
): Refusal | undefined {
  if (breakGlass === undefined) return no('NOT_FOUND', 'no such break-glass');
  const { state, details } = breakGlass;
  const isTheirs =
    details.practitioner === requester.subject &&
    details.organisation === requester.organisation &&
    details.patient === meta.patient &&
    details.custodian === meta.custodian;
  if (!isTheirs) return no('ACCESS_DENIED', 'the break-glass is about somebody else');
  if (practitioner.breakGlassSuspended || isOverdue(register, now)) {
    return no('BREAK_GLASS_SUSPENDED', 'the emergency right is suspended, or a review is overdue');
  }
  if ((state.status !== 'open' && state.status !== 'justified') || state.closesAt <= now) {
    return no('ACCESS_DENIED', 'the break-glass is closed');
  }
  if (permission !== 'read' || purpose !== 'treatment') {
    return no('ACCESS_DENIED', 'a break-glass covers reading for treatment');
  }
  return undefined;
}

function no(code: ErrorCode, reason: string): Refusal {
  return { code, reason };
}
