import type { Handlers } from '../../operation.js';
import { claimEtag } from './claim-answer.js';
import type { BillingParts } from './parts.js';

export function claimQueries({
  ledger,
  readModel,
}: BillingParts): Handlers<'listClaims' | 'getClaim' | 'getClaimLines' | 'getClaimDecision'> {
  return {
    async listClaims({ query }) {
      return { status: 200, body: await readModel.claims({ ...query, limit: query.limit ?? 50 }) };
    },
    async getClaim({ caller, path }) {
      const view = await ledger.evaluate('billing:getClaim', { id: path.id }, { as: caller });
      return { status: 200, body: view, etag: claimEtag(view) };
    },
    async getClaimLines({ caller, path }) {
      const lines = await ledger.evaluate('billing:getClaimLines', { id: path.id }, { as: caller });
      return { status: 200, body: lines };
    },
    async getClaimDecision({ caller, path }) {
      const details = await ledger.evaluate('billing:getDecision', { id: path.id }, { as: caller });
      return { status: 200, body: details };
    },
  };
}
