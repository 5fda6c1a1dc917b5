import { PRACTITIONER_ROLES, type Person } from '../api/index.js';
import { refuse, type Transaction } from '../ledger/index.js';

/**
 * Details in `care` of one asset, for whom they concern there. Every care organisation's peer holds them; this says
 * which of its people are told.
 * @throws ContractError UNAUTHORIZED_ORGANISATION, UNAUTHORIZED_ROLE, PRACTITIONER_NOT_APPROVED, as `read` does
 */
export async function readDetails<T>(
  tx: Transaction,
  read: () => Promise<T>,
  concerns: (reader: Person, details: T) => boolean,
): Promise<T> {
  tx.caller.requireCare();
  await tx.caller.requireRole('admin', 'gateway', 'auditor', 'patient', ...PRACTITIONER_ROLES);
  const details = await read();
  const { organisation, subject, role } = tx.caller;
  if (!concerns({ organisation: organisation.name, subject, role }, details)) {
    refuse('UNAUTHORIZED_ROLE', 'about others: for the patient, the custodian’s staff, and who it names');
  }
  return details;
}
