import { READING_STAFF, type Role } from '@medaccord/chaincode/api';

const DIRECTORY = ['consortium', 'practitioner', 'registration', 'relation', 'device', 'treatment'];
const CONSENT = ['consent', 'break-glass'];
const RECORD = ['anchor', 'anchor-batch', 'access', 'erasure'];
const BILLING = ['invoice', 'claim', 'claim-decision', 'payment'];
const CARE = [...DIRECTORY, ...CONSENT, ...RECORD];
const ALL = [...CARE, ...BILLING];
const STAFF_BILLING = ['practitioner', ...BILLING];

/** Types of assets whose changes each role hears of. Entries hold ids, statuses and versions alone. */
export const VISIBLE_TYPES: Readonly<Record<Role, readonly string[]>> = {
  admin: ALL,
  gateway: ALL,
  auditor: ALL,
  doctor: CARE,
  nurse: CARE,
  technician: CARE,
  pharmacist: CARE,
  clerk: ALL,
  billing: STAFF_BILLING,
  adjuster: STAFF_BILLING,
  patient: ['registration', 'relation', 'device', 'consent', 'break-glass', 'access'],
};

/** Whom of a custodian's people a change of a patient's keys is told with the key; the patient itself hears of it, too. */
export const KEYS_TOLD_TO: readonly Role[] = [...READING_STAFF, 'gateway'];
