import { Problem } from '../../errors.js';
import type { Call, Handlers } from '../../operation.js';
import { jwsPayload, textMember } from '../shared/jws-payload.js';
import { carry } from '../shared/submit.js';
import type { DirectoryParts } from './parts.js';
import { findPatient } from './patient-view.js';

export function patientKeyUseCases({
  ledger,
}: DirectoryParts): Handlers<'getPatientKeys' | 'addPatientKey' | 'revokePatientKey'> {
  /** The function's argument is the statement's own id: the pseudonym stays in the transient part. */
  const change = async (
    name: 'directory:addPatientKey' | 'directory:revokePatientKey',
    call: Call<'addPatientKey' | 'revokePatientKey'>,
  ) => {
    const payload = jwsPayload(call.body.jws);
    if (payload['patient'] !== call.path.id) {
      throw new Problem('REQUEST_INVALID', 'the signed statement is about another patient');
    }
    const id = textMember(payload, 'id');
    const priv = { jws: call.body.jws, salt: call.run.derive('salt') };
    const { transaction } = await carry(ledger, call, name, { id }, priv);
    return { id, transaction };
  };
  return {
    async getPatientKeys({ caller, path }) {
      const { id: patient, custodian, keys, version } = await findPatient(ledger, caller, path.id);
      return { status: 200, body: { patient, custodian, keys, version }, etag: String(version) };
    },
    async addPatientKey(call) {
      return { status: 201, body: await change('directory:addPatientKey', call) };
    },
    async revokePatientKey(call) {
      return { status: 200, body: await change('directory:revokePatientKey', call) };
    },
  };
}
