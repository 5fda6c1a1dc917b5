import type { components } from '@medaccord/gateway/client';
import type { Consortium, Member } from '../../consortium/index.js';
import { commit, value } from '../../story/api.js';
import { type ClaimDraft, type LineDecision, RULES, submittedClaim } from './claim.js';
import type { Patient } from './patient.js';

interface Committed {
  claim: components['schemas']['ClaimView'];
}

/** A claim and the two who work on it. Every step answers with the claim's status after it. */
export class ClaimFile {
  constructor(
    readonly id: string,
    private readonly provider: Member,
    private readonly payer: Member,
  ) {}

  static async submit(
    consortium: Consortium,
    patient: Patient,
    insurer: string,
    change: Partial<ClaimDraft> = {},
  ): Promise<ClaimFile> {
    return new ClaimFile(
      await submittedClaim(consortium, patient, insurer, change),
      await consortium.member(patient.custodian, 'billing'),
      await consortium.member(insurer, 'adjuster'),
    );
  }

  async status(seenBy = this.provider): Promise<string> {
    const { status } = await value(seenBy.api.GET('/v1/claims/{id}', { params: { path: this.path } }));
    return status;
  }

  insurerStep(step: 'acknowledge' | 'request-information' | 'pend', by = this.payer): Promise<string> {
    return after((header) =>
      by.api.POST(`/v1/claims/{id}/${step}`, { params: { path: this.path, header }, body: {} }),
    );
  }

  providerStep(step: 'answer' | 'withdraw', by = this.provider): Promise<string> {
    return after((header) =>
      by.api.POST(`/v1/claims/{id}/${step}`, { params: { path: this.path, header }, body: {} }),
    );
  }

  appeal(reason: string, by = this.provider): Promise<string> {
    return after((header) =>
      by.api.POST('/v1/claims/{id}/appeal', { params: { path: this.path, header }, body: { reason } }),
    );
  }

  adjudicate(lines: LineDecision[], by = this.payer): Promise<string> {
    return after((header) =>
      by.api.POST('/v1/claims/{id}/adjudicate', {
        params: { path: this.path, header },
        body: { ruleSetHash: RULES, lines },
      }),
    );
  }

  /** @returns the new claim's id. */
  async replace(draft: ClaimDraft, by = this.provider): Promise<string> {
    const { claim } = await commit((header) =>
      by.api.POST('/v1/claims/{id}/replace', { params: { path: this.path, header }, body: draft }),
    );
    return claim.claim.id;
  }

  /** @returns the payment that the insurer has ordered. */
  async settle(amount?: components['schemas']['Money'], by = this.payer): Promise<string> {
    const { payment } = await commit((header) =>
      by.api.POST('/v1/claims/{id}/settle', {
        params: { path: this.path, header },
        body: { reference: 'transfer-4711', ...(amount && { amount }) },
      }),
    );
    return payment ?? '';
  }

  /** The provider says whether the money has come. @returns the payment's status */
  async received(payment: string, step: 'confirm' | 'reject', by = this.provider): Promise<string> {
    const answer = await commit((header) =>
      by.api.POST(`/v1/payments/{id}/${step}`, { params: { path: { id: payment }, header }, body: {} }),
    );
    return answer.payment.status;
  }

  private get path(): { id: string } {
    return { id: this.id };
  }
}

async function after(send: Parameters<typeof commit<Committed>>[0]): Promise<string> {
  return (await commit<Committed>(send)).claim.status;
}
