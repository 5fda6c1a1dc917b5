import type { directory } from '@medaccord/chaincode/api';
import type { Handlers } from '../../operation.js';
import type { Committed } from '../../ports.js';
import { expectedVersion, requireOwn, submit } from '../shared/submit.js';
import type { DirectoryParts } from './parts.js';

type PatientOperation =
  'listPatients' | 'registerPatient' | 'getPatient' | 'confirmPatient' | 'mergePatient' | 'confirmMerge';

export function patientUseCases({ ledger, readModel }: DirectoryParts): Handlers<PatientOperation> {
  return {
    async listPatients({ query }) {
      return { status: 200, body: await readModel.patients({ ...query, limit: query.limit ?? 50 }) };
    },
    async registerPatient(call) {
      const { id = call.run.derive('patient'), keys } = call.body;
      const priv = { keys, salt: call.run.derive('salt') };
      const committed = await submit(ledger, call, 'directory:registerPatient', { id }, priv);
      return { ...changed(committed), status: 201, location: `/v1/patients/${id}` };
    },
    async getPatient({ caller, path }) {
      requireOwn(caller, path.id);
      const patient = await ledger.evaluate('directory:getPatient', { id: path.id }, { as: caller });
      return { status: 200, body: patient, etag: String(patient.version) };
    },
    async confirmPatient(call) {
      const input = { id: call.path.id, ...expectedVersion(call) };
      return changed(await submit(ledger, call, 'directory:confirmPatient', input, undefined));
    },
    async mergePatient(call) {
      const input = { from: call.path.id, into: call.body.into };
      return changed(await submit(ledger, call, 'directory:mergePatients', input, undefined));
    },
    async confirmMerge(call) {
      const input = { from: call.path.id, into: call.body.into };
      return changed(await submit(ledger, call, 'directory:confirmMerge', input, undefined));
    },
  };
}

function changed({ result, transaction }: Committed<directory.Patient>) {
  return { status: 200 as const, body: { patient: result, transaction }, etag: String(result.version) };
}
