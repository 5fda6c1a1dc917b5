import { readsBreakGlass, type consent } from '@medaccord/chaincode/api';
import type { Handlers } from '../../operation.js';
import type { Committed } from '../../ports.js';
import { requireOwn, submit } from '../shared/submit.js';
import { whereVisible } from '../shared/visible.js';
import type { ConsentParts } from './parts.js';

type BreakGlassOperation =
  'listBreakGlass' | 'openBreakGlass' | 'getBreakGlass' | 'reviewBreakGlass' | 'expireBreakGlass';

export function breakGlassUseCases({ ledger, readModel }: ConsentParts): Handlers<BreakGlassOperation> {
  return {
    async listBreakGlass({ caller, query }) {
      if (query.patient !== undefined) requireOwn(caller, query.patient);
      const patient = caller.role === 'patient' ? { patient: caller.subject } : {};
      const page = await readModel.breakGlass({
        ...query,
        limit: query.limit ?? 50,
        visibleTo: caller,
        ...patient,
      });
      return { status: 200, body: page };
    },
    async openBreakGlass(call) {
      const { id = call.run.derive('break-glass'), ...details } = call.body;
      const priv = { ...details, salt: call.run.derive('salt') };
      const committed = await submit(ledger, call, 'consent:openBreakGlass', { id }, priv);
      return { ...changed(committed), status: 201, location: `/v1/break-glass/${id}` };
    },
    async getBreakGlass({ caller, path }) {
      const state = await ledger.evaluate('consent:getBreakGlass', { id: path.id }, { as: caller });
      const read = ledger.evaluate('consent:breakGlassDetails', { id: path.id }, { as: caller });
      const details = await whereVisible(read, (found) => readsBreakGlass(caller, found));
      requireOwn(caller, details?.patient);
      const body = { state, ...(details === undefined ? {} : { details }) };
      return { status: 200, body, etag: String(state.version) };
    },
    async reviewBreakGlass(call) {
      const input = { id: call.path.id, outcome: call.body.outcome };
      return changed(await submit(ledger, call, 'consent:reviewBreakGlass', input, undefined));
    },
    async expireBreakGlass(call) {
      const input = { id: call.path.id };
      return changed(await submit(ledger, call, 'consent:expireBreakGlass', input, undefined));
    },
  };
}

function changed({ result, transaction }: Committed<consent.BreakGlass>) {
  return { status: 200 as const, body: { breakGlass: result, transaction }, etag: String(result.version) };
}
