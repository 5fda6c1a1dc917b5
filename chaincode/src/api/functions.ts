import type { z } from 'zod';
import * as billing from './billing.js';
import * as consent from './consent.js';
import * as directory from './directory.js';
import * as record from './record.js';

/**
 * Who must endorse, and so to whom a client sends the transient data (FABRIC rule 6):
 * `policy`  the chaincode policy decides, no collection is written;
 * `care`    a majority of the care organisations, who are the members of `care`;
 * `pair`    the claim's hospital and insurer, both;
 * `insurer` the claim's insurer and a majority of the care organisations (the decision key);
 * `own`     the caller's organisation alone.
 */
export type Endorsers = 'policy' | 'care' | 'pair' | 'insurer' | 'own';

interface Signature {
  kind: 'submit' | 'evaluate';
  input: z.ZodType;
  private?: z.ZodType;
  endorsers: Endorsers;
}

const submit = <I extends z.ZodType>(input: I, endorsers: Endorsers = 'policy') =>
  ({ kind: 'submit', input, endorsers }) as const;
const submitPrivate = <I extends z.ZodType, P extends z.ZodType>(
  input: I,
  priv: P,
  endorsers: Endorsers = 'care',
) => ({ kind: 'submit', input, private: priv, endorsers }) as const;
const evaluate = <I extends z.ZodType>(input: I, endorsers: Endorsers = 'own') =>
  ({ kind: 'evaluate', input, endorsers }) as const;

/**
 * Every function of the chaincode, by the name a client calls. Each takes one argument, the canonical JSON of
 * `input`, and, where `private` is given, its canonical JSON in the transient field.
 */
export const FUNCTIONS = {
  'directory:found': submitPrivate(directory.FoundInput, directory.FoundPrivate),
  'directory:consortium': evaluate(directory.FoundInput.partial()),
  'directory:approveMembership': submit(directory.ApproveMembershipInput),
  'directory:requestPractitioner': submit(directory.RequestPractitionerInput),
  'directory:approvePractitioner': submit(directory.PractitionerStepInput),
  'directory:declinePractitioner': submit(directory.PractitionerStepInput),
  'directory:suspendPractitioner': submit(directory.PractitionerStepInput),
  'directory:reinstatePractitioner': submit(directory.PractitionerStepInput),
  'directory:leavePractitioner': submit(directory.PractitionerStepInput),
  'directory:getPractitioner': evaluate(directory.StepInput),
  'directory:registerPatient': submitPrivate(
    directory.RegisterPatientInput,
    directory.RegisterPatientPrivate,
  ),
  'directory:confirmPatient': submitPrivate(directory.RegistrationStepInput, directory.PatientPrivate),
  'directory:getRegistration': evaluate(directory.RegistrationStepInput),
  'directory:getPatient': { ...evaluate(directory.GetPatientInput), private: directory.PatientPrivate },
  'directory:addPatientKey': submitPrivate(directory.PatientKeyInput, directory.PatientKeyPrivate),
  'directory:revokePatientKey': submitPrivate(directory.PatientKeyInput, directory.PatientKeyPrivate),
  'directory:mergePatients': submitPrivate(directory.RegistrationStepInput, directory.MergePatientsPrivate),
  'directory:confirmMerge': submitPrivate(directory.RegistrationStepInput, directory.MergePatientsPrivate),
  'directory:recordRelation': submitPrivate(directory.RecordRelationInput, directory.RecordRelationPrivate),
  'directory:confirmRelation': submit(directory.StepInput),
  'directory:endRelation': submit(directory.StepInput),
  'directory:bindDevice': submitPrivate(directory.BindDeviceInput, directory.BindDevicePrivate),
  'directory:getRelation': evaluate(directory.StepInput),
  'directory:unbindDevice': submit(directory.StepInput),
  'directory:getDevice': evaluate(directory.StepInput),
  'directory:openTreatment': submitPrivate(directory.OpenTreatmentInput, directory.OpenTreatmentPrivate),
  'directory:closeTreatment': submitPrivate(directory.CloseTreatmentInput, directory.CloseTreatmentPrivate),
  'directory:getTreatment': {
    ...evaluate(directory.CloseTreatmentInput),
    private: directory.CloseTreatmentPrivate,
  },

  'consent:grant': submitPrivate(consent.GrantInput, consent.GrantPrivate),
  'consent:witness': submitPrivate(consent.GrantInput, consent.WitnessPrivate),
  'consent:delegate': submitPrivate(consent.DelegateInput, consent.DelegatePrivate),
  'consent:revoke': submitPrivate(consent.RevokeInput, consent.RevokePrivate),
  'consent:expire': submit(consent.ConsentIdInput, 'care'),
  'consent:get': evaluate(consent.ConsentIdInput),
  'consent:details': evaluate(consent.ConsentIdInput),
  'consent:history': evaluate(consent.ConsentIdInput),
  'consent:decide': { ...evaluate(consent.ConsentIdInput.partial()), private: consent.DecidePrivate },
  'consent:openBreakGlass': submitPrivate(consent.OpenBreakGlassInput, consent.OpenBreakGlassPrivate),
  'consent:reviewBreakGlass': submit(consent.ReviewBreakGlassInput, 'care'),
  'consent:expireBreakGlass': submit(consent.ConsentIdInput, 'care'),
  'consent:getBreakGlass': evaluate(consent.ConsentIdInput),
  'consent:breakGlassDetails': evaluate(consent.ConsentIdInput),

  'record:anchor': submitPrivate(record.AnchorInput, record.AnchorPrivate),
  'record:anchorBatch': submit(record.AnchorBatchInput),
  'record:verify': evaluate(record.VerifyInput),
  'record:getAnchor': evaluate(record.RecordIdInput),
  'record:getBatch': evaluate(record.RecordIdInput),
  'record:access': submitPrivate(record.AccessInput, record.AccessPrivate),
  'record:getAccess': evaluate(record.RecordIdInput),
  'record:accessDetails': evaluate(record.RecordIdInput),
  'record:erase': submit(record.EraseInput),

  'billing:issueInvoice': submit(billing.IssueInvoiceInput),
  'billing:putInvoiceDetails': submitPrivate(billing.PutInvoiceDetailsInput, billing.InvoiceDetails, 'own'),
  'billing:payInvoice': submit(billing.InvoiceStepInput),
  'billing:voidInvoice': submit(billing.InvoiceStepInput),
  'billing:getInvoice': evaluate(billing.ClaimStepInput),
  'billing:getInvoiceDetails': evaluate(billing.ClaimStepInput),
  'billing:openClaim': submit(billing.OpenClaimInput),
  'billing:putClaimLines': submitPrivate(billing.PutClaimLinesInput, billing.ClaimLines, 'pair'),
  'billing:acknowledgeClaim': submit(billing.ClaimStepInput, 'insurer'),
  'billing:requestInformation': submit(billing.ClaimStepInput, 'insurer'),
  'billing:answerInformation': submit(billing.ClaimStepInput),
  'billing:pendClaim': submit(billing.ClaimStepInput, 'insurer'),
  'billing:putDecision': submitPrivate(billing.PutDecisionInput, billing.DecisionDetails, 'pair'),
  'billing:decideClaim': submit(billing.DecideClaimInput, 'insurer'),
  'billing:appealClaim': submit(billing.AppealClaimInput),
  'billing:withdrawClaim': submit(billing.ClaimStepInput),
  'billing:putPayment': submitPrivate(billing.PutPaymentInput, billing.PaymentDetails, 'pair'),
  'billing:settleClaim': submit(billing.SettleClaimInput, 'insurer'),
  'billing:confirmPayment': submit(billing.PaymentStepInput),
  'billing:rejectPayment': submit(billing.PaymentStepInput),
  'billing:getClaim': evaluate(billing.ClaimStepInput),
  'billing:getClaimLines': evaluate(billing.ClaimStepInput),
  'billing:getDecision': evaluate(billing.ClaimStepInput),
  'billing:getPayment': evaluate(billing.ClaimStepInput),
  'billing:getPaymentDetails': evaluate(billing.ClaimStepInput),
} as const satisfies Record<string, Signature>;

export type FunctionName = keyof typeof FUNCTIONS;
export type InputOf<F extends FunctionName> = z.input<(typeof FUNCTIONS)[F]['input']>;
export type PrivateOf<F extends FunctionName> = (typeof FUNCTIONS)[F] extends {
  private: infer P extends z.ZodType;
}
  ? z.input<P>
  : undefined;
