/** Projected from blocks; `medaccord-gateway rebuild` replaces it. */
export const LEDGER_SCHEMA = 'ledger';
/** Runs, records, releases: what no block can give back. */
export const SERVICE_SCHEMA = 'service';
