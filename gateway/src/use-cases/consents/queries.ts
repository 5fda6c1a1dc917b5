import { readsConsent } from '@medaccord/chaincode/api';
import type { Handlers } from '../../operation.js';
import { requireOwn } from '../shared/submit.js';
import { whereVisible } from '../shared/visible.js';
import type { ConsentParts } from './parts.js';

export function consentQueries({
  ledger,
  readModel,
}: ConsentParts): Handlers<'listConsents' | 'getConsent' | 'getConsentHistory' | 'decideConsent'> {
  return {
    async listConsents({ caller, query }) {
      const patient = caller.role === 'patient' ? caller.subject : query.patient;
      if (query.patient !== undefined) requireOwn(caller, query.patient);
      const page = await readModel.consents({
        ...query,
        limit: query.limit ?? 50,
        visibleTo: caller,
        ...(patient === undefined ? {} : { patient }),
      });
      return { status: 200, body: page };
    },
    async getConsent({ caller, path }) {
      const state = await ledger.evaluate('consent:get', { id: path.id }, { as: caller });
      const read = ledger.evaluate('consent:details', { id: path.id }, { as: caller });
      const details = await whereVisible(read, (found) => readsConsent(caller, found));
      requireOwn(caller, details?.consent.patient);
      const body = { state, ...(details === undefined ? {} : { details }) };
      return { status: 200, body, etag: String(state.version) };
    },
    async getConsentHistory({ caller, path }) {
      if (caller.role === 'patient') {
        const details = await ledger.evaluate('consent:details', { id: path.id }, { as: caller });
        requireOwn(caller, details.consent.patient);
      }
      const items = await ledger.evaluate('consent:history', { id: path.id }, { as: caller });
      return { status: 200, body: { items } };
    },
    async decideConsent({ caller, body }) {
      const { subject, organisation, role } = caller;
      const question = { ...body, requester: body.requester ?? { subject, organisation, role } };
      const decision = await ledger.evaluate('consent:decide', {}, { as: caller }, question);
      return { status: 200, body: decision };
    },
  };
}
