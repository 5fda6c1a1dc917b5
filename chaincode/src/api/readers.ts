import type { BreakGlassDetails, ConsentDetails, Grantee } from './consent.js';
import type { Role } from './primitives.js';
import type { AccessDetails } from './record.js';

export interface Person {
  readonly organisation: string;
  readonly subject: string;
  readonly role: Role;
}

/** Who of an organisation sees what concerns its patients or its own reading: not its accountants. */
export const READING_STAFF: readonly Role[] = [
  'admin',
  'auditor',
  'doctor',
  'nurse',
  'technician',
  'pharmacist',
  'clerk',
];

/** Whether a person is meant. That it is an approved practitioner of that organisation is asked elsewhere. */
export function isGrantee(grantee: Grantee, { organisation, subject, role }: Person): boolean {
  if (grantee.organisation !== organisation) return false;
  switch (grantee.kind) {
    case 'practitioner':
      return grantee.id === subject;
    case 'role':
      return grantee.role === role;
    case 'organisation':
      return true;
  }
}

/** The patient, the custodian's staff, who it is given to, and who passed it on. */
export function readsConsent(reader: Person, { consent, actor }: ConsentDetails): boolean {
  return (
    isConcerned(reader, consent.patient, consent.custodian) ||
    (reader.role !== 'patient' && (isGrantee(consent.grantee, reader) || actor === reader.subject))
  );
}

/** The patient, and the staff of the custodian and of whoever read. */
export function readsAccess(person: Person, { leaf, meta, reader }: AccessDetails): boolean {
  return isConcerned(person, meta.patient, leaf.custodian, reader.organisation);
}

/** The patient, and the staff of the custodian and of the clinician's organisation. */
export function readsBreakGlass(
  reader: Person,
  { patient, custodian, organisation }: BreakGlassDetails,
): boolean {
  return isConcerned(reader, patient, custodian, organisation);
}

/** The service identity sees what its peer holds anyway: it decides, releases, and answers those it serves. */
function isConcerned(
  { organisation, subject, role }: Person,
  patient: string,
  ...organisations: string[]
): boolean {
  if (role === 'gateway') return true;
  if (role === 'patient') return subject === patient;
  return READING_STAFF.includes(role) && organisations.includes(organisation);
}
