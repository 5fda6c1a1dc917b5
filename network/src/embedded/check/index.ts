export { checkLedger, type CheckOptions, type CheckReport } from './check-ledger.js';
export { LedgerFault, type FaultPlace, type LedgerFaultCode } from './ledger-fault.js';
export { summarizeState } from './stored-state.js';
