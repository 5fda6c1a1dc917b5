import type { Role } from '../api/index.js';

/** Who keeps a custodian's register: staff who meet patients, the admin, the gateway for self-service. */
export const REGISTRARS: readonly Role[] = [
  'admin',
  'gateway',
  'clerk',
  'doctor',
  'nurse',
  'technician',
  'pharmacist',
];
/** The persons among them, where a rule wants somebody to answer for it. */
export const STAFF: readonly Role[] = REGISTRARS.filter((role) => role !== 'gateway');
