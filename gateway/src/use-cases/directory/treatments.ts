import { Problem } from '../../errors.js';
import type { Handlers } from '../../operation.js';
import { submit } from '../shared/submit.js';
import type { DirectoryParts } from './parts.js';

/** Roles that see the treatment relations of everybody in the house. */
const OVERSEERS = ['admin', 'clerk', 'auditor'];

export function treatmentUseCases({
  ledger,
  readModel,
}: DirectoryParts): Handlers<'listTreatments' | 'openTreatment' | 'closeTreatment'> {
  return {
    async listTreatments({ caller, query }) {
      const isOverseer = OVERSEERS.includes(caller.role);
      if (!isOverseer && query.practitioner !== undefined && query.practitioner !== caller.subject) {
        throw new Problem('FORBIDDEN', "another practitioner's treatment relations");
      }
      const practitioner = isOverseer ? query.practitioner : caller.subject;
      const page = await readModel.treatments({
        ...query,
        limit: query.limit ?? 50,
        ...(practitioner === undefined ? {} : { practitioner }),
      });
      return { status: 200, body: page };
    },
    async openTreatment(call) {
      const { id = call.run.derive('treatment'), ...details } = call.body;
      const priv = { ...details, salt: call.run.derive('salt') };
      const { transaction } = await submit(ledger, call, 'directory:openTreatment', { id }, priv);
      return { status: 201, body: { id, transaction } };
    },
    async closeTreatment(call) {
      const priv = { ...call.body, salt: call.run.derive('salt') };
      const input = { id: call.path.id };
      const { transaction } = await submit(ledger, call, 'directory:closeTreatment', input, priv);
      return { status: 200, body: { id: call.path.id, transaction } };
    },
  };
}
