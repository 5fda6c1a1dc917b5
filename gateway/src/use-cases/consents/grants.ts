import type { consent } from '@medaccord/chaincode/api';
import type { Handlers, Schemas } from '../../operation.js';
import type { Committed } from '../../ports.js';
import { jwsPayload, textMember } from '../shared/jws-payload.js';
import { carry, submit } from '../shared/submit.js';
import type { ConsentParts } from './parts.js';
import { toSign } from '../shared/to-sign.js';

export function grantUseCases({
  ledger,
  channel,
}: ConsentParts): Handlers<'prepareConsent' | 'grantConsent' | 'witnessConsent' | 'delegateConsent'> {
  return {
    prepareConsent({ body, run }) {
      const filled: Schemas['Consent'] = {
        filters: {},
        except: [],
        notBefore: new Date().toISOString(),
        ...body,
        id: body.id ?? run.derive('consent'),
        type: 'consent',
        channel,
      };
      return Promise.resolve({ status: 200, body: { consent: filled, ...toSign(filled, 'consent') } });
    },
    async grantConsent(call) {
      const { jws } = call.body;
      const id = textMember(jwsPayload(jws), 'id');
      const priv = { jws, salt: call.run.derive('salt') };
      return granted(await carry(ledger, call, 'consent:grant', { id }, priv));
    },
    async witnessConsent(call) {
      const priv = { ...call.body, salt: call.run.derive('salt') };
      const input = { id: call.body.consent.id };
      return granted(await submit(ledger, call, 'consent:witness', input, priv));
    },
    async delegateConsent(call) {
      const priv = { consent: call.body.consent, salt: call.run.derive('salt') };
      const input = { id: call.body.consent.id, parent: call.path.id };
      return granted(await submit(ledger, call, 'consent:delegate', input, priv));
    },
  };
}

function granted({ result, transaction }: Committed<consent.ConsentState>) {
  return {
    status: 201 as const,
    body: { consent: result, transaction },
    etag: String(result.version),
    location: `/v1/consents/${result.id}`,
  };
}
