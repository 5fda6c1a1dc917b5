import type { FunctionName, billing, consent, directory, record } from '@medaccord/chaincode/api';

interface HistoryEntry {
  transactionId: string;
  timestamp: string;
  deleted?: boolean;
  value?: unknown;
}

/** What each function returns, as canonical JSON. A submit returns the public asset that it wrote. */
interface Results {
  'directory:found': directory.Consortium;
  'directory:consortium': directory.Consortium;
  'directory:requestPractitioner': directory.Practitioner;
  'directory:approvePractitioner': directory.Practitioner;
  'directory:declinePractitioner': directory.Practitioner;
  'directory:suspendPractitioner': directory.Practitioner;
  'directory:reinstatePractitioner': directory.Practitioner;
  'directory:leavePractitioner': directory.Practitioner;
  'directory:getPractitioner': directory.Practitioner;
  'directory:registerPatient': directory.Patient;
  'directory:confirmPatient': directory.Patient;
  'directory:getPatient': directory.Patient;
  'directory:getPatientKeys': directory.PatientKeys;
  'directory:mergePatients': directory.Patient;
  'directory:recordRelation': directory.Relation;
  'directory:confirmRelation': directory.Relation;
  'directory:endRelation': directory.Relation;
  'directory:bindDevice': directory.Device;
  'directory:unbindDevice': directory.Device;
  'consent:grant': consent.ConsentState;
  'consent:witness': consent.ConsentState;
  'consent:delegate': consent.ConsentState;
  'consent:revoke': consent.ConsentState;
  'consent:expire': consent.ConsentState;
  'consent:get': consent.ConsentState;
  'consent:details': consent.ConsentDetails;
  'consent:history': HistoryEntry[];
  'consent:decide': consent.Decision;
  'consent:openBreakGlass': consent.BreakGlass;
  'consent:reviewBreakGlass': consent.BreakGlass;
  'consent:expireBreakGlass': consent.BreakGlass;
  'consent:getBreakGlass': consent.BreakGlass;
  'record:anchor': record.Anchor;
  'record:anchorBatch': record.AnchorBatch;
  'record:verify': record.VerifyResult;
  'record:getAnchor': record.Anchor;
  'record:getBatch': record.AnchorBatch;
  'record:access': record.Access;
  'record:getAccess': record.Access;
  'record:accessDetails': record.AccessDetails;
  'record:erase': record.Erasure;
  'billing:issueInvoice': billing.Invoice;
  'billing:payInvoice': billing.Invoice;
  'billing:voidInvoice': billing.Invoice;
  'billing:getInvoice': billing.Invoice;
  'billing:getClaim': billing.ClaimView;
  'billing:getClaimLines': billing.ClaimLines;
  'billing:getDecision': billing.DecisionDetails;
  'billing:getPayment': billing.Payment;
  'billing:confirmPayment': billing.Payment;
  'billing:rejectPayment': billing.Payment;
}

/** `unknown` where nobody reads the result. */
export type ResultOf<F extends FunctionName> = F extends keyof Results ? Results[F] : unknown;
