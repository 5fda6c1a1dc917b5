import type { Handlers } from '../../operation.js';
import { claimEtag } from './claim-answer.js';
import { ownBills } from './own-bills.js';
import type { BillingParts } from './parts.js';

export function claimQueries({
  ledger,
  readModel,
  organisation,
}: BillingParts): Handlers<'listClaims' | 'getClaim' | 'getClaimLines' | 'getClaimDecision'> {
  return {
    async listClaims({ query }) {
      const own = ownBills(organisation, { provider: 'hospital', insurer: 'insurer' }, query);
      if (own === undefined) return { status: 200, body: { items: [] } };
      return { status: 200, body: await readModel.claims({ ...query, ...own, limit: query.limit ?? 50 }) };
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
