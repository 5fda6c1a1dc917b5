import type { directory } from '@medaccord/chaincode/api';
import { Problem } from '../../errors.js';
import type { Schemas } from '../../operation.js';
import type { Caller, Ledger } from '../../ports.js';
import { requireOwn } from '../shared/submit.js';

/**
 * A patient as care organisations hold it.
 * @throws Problem NOT_FOUND, also at an organisation that holds no patients, and of others for a patient.
 */
export async function findPatient(
  ledger: Pick<Ledger, 'evaluate'>,
  caller: Caller,
  patient: string,
): Promise<directory.Patient> {
  requireOwn(caller, patient);
  try {
    return await ledger.evaluate('directory:getPatient', {}, { as: caller }, { patient });
  } catch (error) {
    if (error instanceof Problem && error.code === 'UNAUTHORIZED_ORGANISATION') {
      throw new Problem('NOT_FOUND', 'no patients are known to this organisation');
    }
    throw error;
  }
}

/** Without keys and salt. */
export function patientView({
  type,
  id,
  registration,
  custodian,
  status,
  confirmedBy,
  mergedInto,
  version,
  updatedAt,
}: Omit<directory.Patient, 'keys' | 'salt'>): Schemas['Patient'] {
  return {
    type,
    id,
    registration,
    custodian,
    status,
    ...(confirmedBy === undefined ? {} : { confirmedBy }),
    ...(mergedInto === undefined ? {} : { mergedInto }),
    version,
    updatedAt,
  };
}

/** What a transaction left, from the stub that it answered with. */
export function changedPatient(
  { id: registration, custodian, status, confirmedBy, version, updatedAt }: directory.Registration,
  known: Pick<directory.Patient, 'id' | 'mergedInto'>,
): Schemas['Patient'] {
  const stub = { registration, custodian, status, confirmedBy, version, updatedAt };
  return patientView({ type: 'patient', ...stub, ...known });
}
