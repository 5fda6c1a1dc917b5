import { readsConsent, type consent } from '@medaccord/chaincode/api';
import { Problem } from '../../errors.js';
import type { Handlers } from '../../operation.js';
import type { Committed } from '../../ports.js';
import { carry, requireOwn } from '../shared/submit.js';
import type { ConsentParts } from './parts.js';
import { toSign } from '../shared/to-sign.js';

/** A prepared revocation is to be brought within a day. */
const REVOCATION_MS = 86_400_000;

export function revocationUseCases({
  ledger,
  channel,
}: ConsentParts): Handlers<'prepareRevocation' | 'revokeConsent' | 'expireConsent'> {
  return {
    async prepareRevocation({ caller, path, run }) {
      const details = await ledger.evaluate('consent:details', { id: path.id }, { as: caller });
      requireOwn(caller, details.consent.patient);
      if (!readsConsent(caller, details)) throw new Problem('UNAUTHORIZED_ROLE', 'a consent among others');
      const revocation: consent.ConsentRevocation = {
        type: 'consent-revocation',
        id: run.derive('revocation'),
        channel,
        custodian: details.consent.custodian,
        patient: details.consent.patient,
        consent: { id: path.id, hash: details.consentHash },
        expiresAt: new Date(Date.now() + REVOCATION_MS).toISOString(),
      };
      return { status: 200, body: { revocation, ...toSign(revocation, 'revocation') } };
    },
    async revokeConsent(call) {
      const input = { id: call.path.id };
      return changed(await carry(ledger, call, 'consent:revoke', input, call.body));
    },
    async expireConsent(call) {
      return changed(await carry(ledger, call, 'consent:expire', { id: call.path.id }, undefined));
    },
  };
}

function changed({ result, transaction }: Committed<consent.ConsentState>) {
  return { status: 200 as const, body: { consent: result, transaction }, etag: String(result.version) };
}
