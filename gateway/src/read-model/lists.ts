import type { billing, consent, directory, record } from '@medaccord/chaincode/api';

/** An asset's public state, and its details where this organisation may see them. */
export interface Detailed<State, Details> {
  state: State;
  details?: Details;
}

type Filter<Names extends string> = { readonly [name in Names]?: string };

/** What can be listed: the shape of an item, and the filters (each an exact match). */
export interface Lists {
  organisations: { item: directory.Organisation; filter: Filter<'kind'> };
  practitioners: { item: directory.Practitioner; filter: Filter<'organisation' | 'role' | 'status'> };
  registrations: { item: directory.Registration; filter: Filter<'custodian' | 'status'> };
  patients: { item: directory.Patient; filter: Filter<'custodian' | 'status'> };
  relations: {
    item: Detailed<directory.Relation, directory.RelationDetails>;
    filter: Filter<'patient' | 'custodian' | 'status'>;
  };
  devices: {
    item: Detailed<directory.Device, object>;
    filter: Filter<'patient' | 'custodian' | 'status'>;
  };
  treatments: {
    item: directory.Treatment;
    filter: Filter<'patient' | 'practitioner' | 'custodian' | 'status'>;
  };
  consents: {
    item: Detailed<consent.ConsentState, consent.ConsentDetails>;
    filter: Filter<'patient' | 'custodian' | 'status' | 'grantee'>;
  };
  breakGlass: {
    item: Detailed<consent.BreakGlass, consent.BreakGlassDetails>;
    filter: Filter<'patient' | 'practitioner' | 'custodian' | 'status'>;
  };
  anchors: { item: record.Anchor; filter: Filter<'custodian' | 'writer' | 'status' | 'leaf'> };
  batches: { item: record.AnchorBatch; filter: Filter<'custodian' | 'root'> };
  erasures: { item: object; filter: Filter<'custodian' | 'leaf'> };
  accesses: {
    item: Detailed<record.Access, record.AccessDetails>;
    filter: Filter<'patient' | 'record' | 'reader' | 'readerOrganisation' | 'custodian'>;
  };
  invoices: {
    item: Detailed<billing.Invoice, billing.InvoiceDetails>;
    filter: Filter<'issuer' | 'status' | 'patient'>;
  };
  claims: { item: billing.ClaimView; filter: Filter<'status' | 'hospital' | 'insurer' | 'patient'> };
  claimLines: { item: billing.ClaimLines; filter: Filter<'patient'> };
  decisions: { item: billing.DecisionDetails; filter: Filter<'claim'> };
  payments: {
    item: Detailed<billing.Payment, billing.PaymentDetails>;
    filter: Filter<'status' | 'claim' | 'payer' | 'payee'>;
  };
}
export type ListName = keyof Lists;
export type ItemOf<N extends ListName> = Lists[N]['item'];
export type FilterOf<N extends ListName> = Lists[N]['filter'];

interface ListQuery {
  /** Table, and the one its details join from by id. `a` and `d` in filters. */
  readonly table: string;
  readonly details?: string;
  readonly filters: Readonly<Record<string, string>>;
}

const own = (...names: string[]) => Object.fromEntries(names.map((name) => [name, `a.${name}`]));
const detail = (...names: string[]) => Object.fromEntries(names.map((name) => [name, `d.${name}`]));
const inCare = { ...own('custodian', 'status'), ...detail('patient') };

/** How each list is read. Column names come from here alone, never from a request. */
export const LIST_QUERIES: { readonly [N in ListName]: ListQuery } = {
  organisations: { table: 'organisations', filters: own('kind') },
  practitioners: { table: 'practitioners', filters: own('organisation', 'role', 'status') },
  registrations: { table: 'registrations', filters: own('custodian', 'status') },
  patients: { table: 'patients', filters: own('custodian', 'status') },
  relations: { table: 'relations', details: 'relation_details', filters: inCare },
  devices: { table: 'devices', details: 'device_details', filters: inCare },
  treatments: { table: 'treatments', filters: own('patient', 'practitioner', 'custodian', 'status') },
  consents: {
    table: 'consents',
    details: 'consent_details',
    filters: { ...inCare, grantee: 'd.grantee_organisation' },
  },
  breakGlass: {
    table: 'break_glass',
    details: 'break_glass_details',
    filters: { ...own('status'), ...detail('patient', 'practitioner', 'custodian') },
  },
  anchors: { table: 'anchors', filters: own('custodian', 'writer', 'status', 'leaf') },
  batches: { table: 'anchor_batches', filters: own('custodian', 'root') },
  erasures: { table: 'erasures', filters: own('custodian', 'leaf') },
  accesses: {
    table: 'accesses',
    details: 'access_details',
    filters: {
      ...detail('patient', 'record', 'reader', 'custodian'),
      readerOrganisation: 'd.reader_organisation',
    },
  },
  invoices: {
    table: 'invoices',
    details: 'invoice_details',
    filters: { ...own('issuer', 'status'), ...detail('patient') },
  },
  claims: { table: 'claim_views', filters: own('status', 'hospital', 'insurer', 'patient') },
  claimLines: { table: 'claim_lines', filters: own('patient') },
  decisions: { table: 'decision_details', filters: own('claim') },
  payments: {
    table: 'payments',
    details: 'payment_details',
    filters: own('status', 'claim', 'payer', 'payee'),
  },
};
