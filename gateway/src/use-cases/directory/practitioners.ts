import type { Answer, Call, Handlers } from '../../operation.js';
import { expectedVersion, submit } from '../shared/submit.js';
import type { DirectoryParts } from './parts.js';

type Step =
  | 'approvePractitioner'
  | 'declinePractitioner'
  | 'suspendPractitioner'
  | 'reinstatePractitioner'
  | 'leavePractitioner';

export function practitionerUseCases({
  ledger,
  readModel,
}: DirectoryParts): Handlers<Step | 'listPractitioners' | 'registerPractitioner' | 'getPractitioner'> {
  /** The steps have the same request and answer. */
  const step =
    (name: `directory:${Step}`) =>
    async (call: Call<Step>): Promise<Answer<'approvePractitioner'>> => {
      const input = { id: call.path.id, ...call.body, ...expectedVersion(call) };
      const { result, transaction } = await submit(ledger, call, name, input, undefined);
      return { status: 200, body: { practitioner: result, transaction }, etag: String(result.version) };
    };
  return {
    async listPractitioners({ query }) {
      return { status: 200, body: await readModel.practitioners({ ...query, limit: query.limit ?? 50 }) };
    },
    async registerPractitioner(call) {
      const { id = call.caller.subject, role, evidenceHash } = call.body;
      const input = { id, role, evidenceHash };
      const { result, transaction } = await submit(
        ledger,
        call,
        'directory:requestPractitioner',
        input,
        undefined,
      );
      return {
        status: 201,
        body: { practitioner: result, transaction },
        etag: String(result.version),
        location: `/v1/practitioners/${id}`,
      };
    },
    async getPractitioner({ caller, path }) {
      const practitioner = await ledger.evaluate(
        'directory:getPractitioner',
        { id: path.id },
        { as: caller },
      );
      return { status: 200, body: practitioner, etag: String(practitioner.version) };
    },
    approvePractitioner: step('directory:approvePractitioner'),
    declinePractitioner: step('directory:declinePractitioner'),
    suspendPractitioner: step('directory:suspendPractitioner'),
    reinstatePractitioner: step('directory:reinstatePractitioner'),
    leavePractitioner: step('directory:leavePractitioner'),
  };
}
