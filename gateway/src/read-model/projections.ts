import { ProjectionError } from './ledger-block.js';

/** A ledger value: canonical JSON with a `type`. */
export type LedgerValue = Readonly<Record<string, unknown>> & { readonly type: string };

/** One row of a projected table; the projector adds where it came from. */
export interface AssetRow {
  readonly id: string;
  readonly version: number;
  readonly status: string | null;
  readonly updated_at: string | null;
  readonly value: LedgerValue;
  readonly [column: string]: unknown;
}

export interface Projection {
  readonly table: string;
  /** Whether the value lives in a collection; the same `type` elsewhere is not projected. */
  readonly private: boolean;
  rows(value: LedgerValue): AssetRow[];
}

type Columns = Record<string, (value: LedgerValue) => unknown>;

/** Reads a member by its path, e.g. `meta.patient`; null where there is none. */
const at =
  (...path: string[]) =>
  (value: unknown): unknown => {
    let found = value;
    for (const name of path) {
      if (typeof found !== 'object' || found === null) return null;
      found = (found as Record<string, unknown>)[name];
    }
    return found ?? null;
  };

function asset(
  table: string,
  columns: Columns = {},
  options: { private?: boolean; id?: Columns[string] } = {},
) {
  const identify = options.id ?? at('id');
  return {
    table,
    private: options.private ?? false,
    rows(value: LedgerValue): AssetRow[] {
      const id = identify(value);
      if (typeof id !== 'string') throw new ProjectionError('VALUE_MALFORMED', `a ${value.type} has no id`);
      const extra = Object.entries(columns).map(([name, read]) => [name, read(value)] as const);
      return [{ id, ...common(value), ...Object.fromEntries(extra), value }];
    },
  } satisfies Projection;
}

function common(value: LedgerValue) {
  return {
    version: typeof value['version'] === 'number' ? value['version'] : 1,
    status: typeof value['status'] === 'string' ? value['status'] : null,
    updated_at: typeof value['updatedAt'] === 'string' ? value['updatedAt'] : null,
  };
}

const custodian = { custodian: at('custodian') };
const pair = { hospital: at('hospital'), insurer: at('insurer') };
const details = (table: string, columns: Columns, id?: Columns[string]) =>
  asset(table, columns, { private: true, ...(id === undefined ? {} : { id }) });

/** The consortium is one value; each of its organisations is a row. */
const organisations: Projection = {
  table: 'organisations',
  private: false,
  rows(value) {
    const list = Array.isArray(value['organisations']) ? (value['organisations'] as unknown[]) : [];
    return list.map((entry) => ({
      id: String(at('name')(entry)),
      ...common(value),
      kind: at('kind')(entry),
      msp_id: at('mspId')(entry),
      value: { ...(entry as object), type: 'organisation' },
    }));
  },
};

/** How every value of `chaincode/src/api` is laid out in tables, by its `type`. Types not named are not projected. */
export const PROJECTIONS: Readonly<Record<string, Projection>> = {
  consortium: organisations,
  practitioner: asset('practitioners', { organisation: at('organisation'), role: at('role') }),
  registration: asset('registrations', custodian),
  patient: details('patients', { ...custodian, registration: at('registration') }),
  relation: asset('relations', custodian),
  'relation-details': details('relation_details', { ...custodian, patient: at('patient') }),
  device: asset('devices', custodian),
  'device-details': details('device_details', { ...custodian, patient: at('patient') }),
  treatment: details('treatments', {
    ...custodian,
    patient: at('patient'),
    practitioner: at('practitioner'),
    valid_from: at('from'),
    valid_until: at('until'),
  }),
  consent: asset('consents', custodian),
  'consent-details': details('consent_details', {
    custodian: at('consent', 'custodian'),
    patient: at('consent', 'patient'),
    grantee_organisation: at('consent', 'grantee', 'organisation'),
    grantee_id: at('consent', 'grantee', 'id'),
    grantee_role: at('consent', 'grantee', 'role'),
    expires_at: at('consent', 'expiresAt'),
  }),
  'break-glass': asset('break_glass', { closes_at: at('closesAt') }),
  'break-glass-details': details('break_glass_details', {
    ...custodian,
    patient: at('patient'),
    practitioner: at('practitioner'),
    organisation: at('organisation'),
  }),
  anchor: asset('anchors', { ...custodian, writer: at('writer'), author: at('author'), leaf: at('leaf') }),
  'anchor-batch': asset('anchor_batches', { ...custodian, author: at('author'), root: at('root') }),
  erasure: asset('erasures', { ...custodian, leaf: at('leaf') }),
  access: asset('accesses'),
  'access-details': details('access_details', {
    custodian: at('leaf', 'custodian'),
    patient: at('meta', 'patient'),
    record: at('leaf', 'record'),
    reader_organisation: at('reader', 'organisation'),
    reader: at('reader', 'subject'),
    basis: at('basis', 'kind'),
  }),
  invoice: asset('invoices', { issuer: at('issuer') }),
  'invoice-details': details('invoice_details', { patient: at('patient') }),
  claim: asset('claims', { ...pair, appeals: at('appeals') }),
  'claim-lines': details('claim_lines', { ...pair, patient: at('patient') }),
  'claim-decision': asset('claim_decisions', { ...pair, round: at('round') }),
  'decision-details': details(
    'decision_details',
    { claim: at('id'), round: at('round') },
    (value) => `${String(value['id'])}:${String(value['round'])}`,
  ),
  payment: asset('payments', { claim: at('claim'), payer: at('payer'), payee: at('payee') }),
  'payment-details': details('payment_details', { claim: at('claim') }),
};

/** Every projected table, for `verify`. */
export const ASSET_TABLES: readonly string[] = Object.values(PROJECTIONS).map(({ table }) => table);
