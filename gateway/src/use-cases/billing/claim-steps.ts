import type { Answer, Call, Handlers } from '../../operation.js';
import { submit } from '../shared/submit.js';
import { claimBody, claimEtag, expectedSide } from './claim-answer.js';
import type { BillingParts } from './parts.js';

type InsurerOperation = 'acknowledgeClaim' | 'requestClaimInformation' | 'pendClaim';
type ProviderOperation = 'answerClaimInformation' | 'withdrawClaim' | 'appealClaim';

/** Steps of one transaction. */
export function claimStepUseCases({ ledger }: BillingParts): Handlers<InsurerOperation | ProviderOperation> {
  const insurerStep =
    (name: 'billing:acknowledgeClaim' | 'billing:requestInformation' | 'billing:pendClaim') =>
    async (call: Call<InsurerOperation>): Promise<Answer<'acknowledgeClaim'>> => {
      const { id } = call.path;
      const { claim } = await ledger.evaluate('billing:getClaim', { id }, { as: call.caller });
      const input = { id, ...expectedSide(call, 'decision') };
      const { result, transaction } = await submit(ledger, call, name, input, undefined, { claim });
      return { status: 200, body: claimBody(result, transaction), etag: claimEtag(result) };
    };
  const providerStep =
    (name: 'billing:answerInformation' | 'billing:withdrawClaim') =>
    async (call: Call<ProviderOperation>): Promise<Answer<'withdrawClaim'>> => {
      const input = { id: call.path.id, ...expectedSide(call, 'claim') };
      const { result, transaction } = await submit(ledger, call, name, input, undefined);
      return { status: 200, body: claimBody(result, transaction), etag: claimEtag(result) };
    };
  return {
    acknowledgeClaim: insurerStep('billing:acknowledgeClaim'),
    requestClaimInformation: insurerStep('billing:requestInformation'),
    pendClaim: insurerStep('billing:pendClaim'),
    answerClaimInformation: providerStep('billing:answerInformation'),
    withdrawClaim: providerStep('billing:withdrawClaim'),
    async appealClaim(call) {
      const input = { id: call.path.id, reason: call.body.reason, ...expectedSide(call, 'claim') };
      const { result, transaction } = await submit(ledger, call, 'billing:appealClaim', input, undefined);
      return { status: 200, body: claimBody(result, transaction), etag: claimEtag(result) };
    },
  };
}
