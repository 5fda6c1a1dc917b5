import { PRACTITIONER_ROLES, readsBreakGlass, readsConsent, type consent } from '../api/index.js';
import type { Handler } from '../ledger/index.js';
import { decide as decideRequest } from './decide.js';
import { readDecisionState } from './decision-state.js';
import { BREAK_GLASS, BREAK_GLASS_DETAILS, CONSENT, CONSENT_DETAILS } from './kinds.js';
import { readDetails } from './readers.js';

export const getConsent: Handler<'consent:get', consent.ConsentState> = async (tx, { id }) => {
  void tx.caller.organisation;
  return tx.assets.require(CONSENT, id);
};

/** The terms, for the patient, the custodian's staff, the grantee and who passed it on. */
export const getConsentDetails: Handler<'consent:details', consent.ConsentDetails> = async (tx, { id }) =>
  readDetails(tx, () => tx.care.require(CONSENT_DETAILS, id), readsConsent);

/** All states, oldest first, as this peer's history has them (a peer joined from a snapshot begins there). */
export const getConsentHistory: Handler<'consent:history', consent.HistoryEntry[]> = async (tx, { id }) => {
  void tx.caller.organisation;
  await tx.assets.require(CONSENT, id);
  const entries: consent.HistoryEntry[] = [];
  for await (const { txId, timestamp, value } of tx.stub.getHistoryForKey(tx.assets.key(CONSENT, [id]))) {
    const milliseconds = Number(timestamp.seconds) * 1_000 + Math.floor(timestamp.nanos / 1_000_000);
    entries.push({
      transactionId: txId,
      timestamp: new Date(milliseconds).toISOString(),
      value: JSON.parse(Buffer.from(value).toString('utf8')) as consent.ConsentState,
    });
  }
  return entries.sort((one, other) => one.value.version - other.value.version);
};

/** Whether a request would be allowed now. Writes nothing, and is no permission: `record:access` decides again. */
export const decide: Handler<'consent:decide', consent.Decision> = async (tx, _input, request) => {
  tx.caller.requireCare();
  await tx.caller.requireRole('admin', 'gateway', 'auditor', ...PRACTITIONER_ROLES);
  return decideRequest(request, await readDecisionState(tx, request));
};

export const getBreakGlass: Handler<'consent:getBreakGlass', consent.BreakGlass> = async (tx, { id }) => {
  void tx.caller.organisation;
  return tx.assets.require(BREAK_GLASS, id);
};

/** Who, whom and why, for the patient and the staff of the custodian and of the clinician's organisation. */
export const getBreakGlassDetails: Handler<'consent:breakGlassDetails', consent.BreakGlassDetails> = async (
  tx,
  { id },
) => readDetails(tx, () => tx.care.require(BREAK_GLASS_DETAILS, id), readsBreakGlass);
