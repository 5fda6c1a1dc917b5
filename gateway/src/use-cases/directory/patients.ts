import type { directory } from '@medaccord/chaincode/api';
import type { Call, Handlers } from '../../operation.js';
import type { Committed } from '../../ports.js';
import { expectedVersion, submit } from '../shared/submit.js';
import type { DirectoryParts } from './parts.js';
import { changedPatient, findPatient, patientView } from './patient-view.js';

type PatientOperation =
  'listPatients' | 'registerPatient' | 'getPatient' | 'confirmPatient' | 'mergePatient' | 'confirmMerge';

/** Patients go by their pseudonym here; on the ledger a step names the registration, and the pseudonym in private. */
export function patientUseCases({ ledger, readModel }: DirectoryParts): Handlers<PatientOperation> {
  const merge = async (
    name: 'directory:mergePatients' | 'directory:confirmMerge',
    call: Call<'mergePatient' | 'confirmMerge'>,
  ) => {
    const { path, caller, body } = call;
    const { registration: id } = await findPatient(ledger, caller, path.id);
    const committed = await submit(ledger, call, name, { id }, { patient: path.id, into: body.into });
    return changed(committed, { id: path.id, mergedInto: body.into });
  };
  return {
    async listPatients({ query }) {
      const { items, ...rest } = await readModel.patients({ ...query, limit: query.limit ?? 50 });
      return { status: 200, body: { items: items.map(patientView), ...rest } };
    },
    async registerPatient(call) {
      const { id: patient = call.run.derive('patient'), keys } = call.body;
      const input = { id: call.run.derive('registration') };
      const priv = { patient, keys, salt: call.run.derive('salt') };
      const committed = await submit(ledger, call, 'directory:registerPatient', input, priv);
      return { ...changed(committed, { id: patient }), status: 201, location: `/v1/patients/${patient}` };
    },
    async getPatient({ caller, path }) {
      const patient = await findPatient(ledger, caller, path.id);
      return { status: 200, body: patientView(patient), etag: String(patient.version) };
    },
    async confirmPatient(call) {
      const { id: patient } = call.path;
      const { registration: id } = await findPatient(ledger, call.caller, patient);
      const input = { id, ...expectedVersion(call) };
      const committed = await submit(ledger, call, 'directory:confirmPatient', input, { patient });
      return changed(committed, { id: patient });
    },
    mergePatient: (call) => merge('directory:mergePatients', call),
    confirmMerge: (call) => merge('directory:confirmMerge', call),
  };
}

function changed(
  { result, transaction }: Committed<directory.Registration>,
  known: Pick<directory.Patient, 'id' | 'mergedInto'>,
) {
  const body = { patient: changedPatient(result, known), transaction };
  return { status: 200 as const, body, etag: String(result.version) };
}
