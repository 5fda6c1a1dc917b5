import type { record } from '@medaccord/chaincode/api';
import { Problem } from '../../errors.js';
import type { Call, Handlers } from '../../operation.js';
import { jwsPayload, textMember } from '../shared/jws-payload.js';
import { toSign } from '../shared/to-sign.js';
import { findHeld } from './held-record.js';
import type { RecordParts } from './parts.js';

/** A prepared statement is to be brought within five minutes; a repeated read needs it no longer than that, either. */
const STATEMENT_MS = 300_000;

/** What a patient signs to read its own record here. */
export function ownReadingUseCases({
  organisation,
  channel,
  records,
}: RecordParts): Handlers<'prepareOwnReading'> {
  return {
    async prepareOwnReading({ caller, path, run }) {
      const { leaf } = await findHeld(records, caller, path.id);
      const statement: record.AccessStatement = {
        type: 'access',
        id: run.derive('access'),
        channel,
        custodian: organisation,
        patient: caller.subject,
        record: leaf.record,
        purpose: 'legal',
        expiresAt: new Date(Date.now() + STATEMENT_MS).toISOString(),
      };
      return { status: 200, body: { statement, ...toSign(statement, 'access') } };
    },
  };
}

/**
 * Who reads by the patient's own right, and nobody else, brings the patient's signature. The contract verifies it; an
 * old one is refused here, as a repeated read finds its event written.
 * @returns the id of the access event, which the patient signed; undefined for a reader of another kind
 * @throws Problem ACCESS_DENIED, SIGNATURE_INVALID, REQUEST_INVALID
 */
export function ownEventOf(
  { caller, body }: Pick<Call<'readRecord'>, 'caller' | 'body'>,
  organisation: string,
): string | undefined {
  const { basis, jws, custodian = organisation } = body;
  if ((caller.role === 'patient') !== (basis.kind === 'legal')) {
    throw new Problem('ACCESS_DENIED', 'a patient, and nobody else, reads by its own right');
  }
  if (basis.kind !== 'legal') {
    if (jws !== undefined)
      throw new Problem('REQUEST_INVALID', 'a statement goes with the basis legal alone');
    return undefined;
  }
  if (custodian !== organisation) throw new Problem('ACCESS_DENIED', 'only at the custodian');
  if (jws === undefined) throw new Problem('SIGNATURE_INVALID', "the patient's signature is needed");
  const payload = jwsPayload(jws);
  if (payload['patient'] !== caller.subject)
    throw new Problem('SIGNATURE_INVALID', 'signed for another patient');
  if (!(Date.parse(textMember(payload, 'expiresAt')) > Date.now())) {
    throw new Problem('SIGNATURE_INVALID', 'the statement has expired');
  }
  return textMember(payload, 'id');
}
