import type { Role } from '../api/index.js';

/** The provider's people and its gateway. */
export const PROVIDER_ROLES: readonly Role[] = ['billing', 'clerk', 'gateway'];
/** The insurer's, for steps that decide nothing. */
export const INSURER_ROLES: readonly Role[] = ['adjuster', 'clerk', 'gateway'];
/** Who orders a payment: people, not the service identity. */
export const PAYER_ROLES: readonly Role[] = ['adjuster', 'clerk'];
export const ADJUSTER_ROLES: readonly Role[] = ['adjuster'];
export const READER_ROLES: readonly Role[] = ['admin', 'gateway', 'auditor', 'billing', 'clerk', 'adjuster'];
