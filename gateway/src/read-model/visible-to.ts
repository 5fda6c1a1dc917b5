import { READING_STAFF, type Person } from '@medaccord/chaincode/api';
import type { ListName } from './lists.js';

/** A value of the query, as its placeholder. */
export type Bind = (value: unknown) => string;

const staffOf = (...columns: string[]) => ({
  columns: columns.map((name) => `d.${name}`),
  named: undefined,
});

/** Whose staff a list is for, and who else its details name. What is not listed here is public, or has another rule. */
const CONCERNED: {
  readonly [N in ListName]?: {
    readonly columns: readonly string[];
    readonly named: ((reader: Person, bind: Bind) => string) | undefined;
  };
} = {
  consents: { columns: ['d.custodian'], named: isNamed },
  accesses: staffOf('custodian', 'reader_organisation'),
  breakGlass: staffOf('custodian', 'organisation'),
};

/**
 * The rule of `readsConsent`, `readsAccess` and `readsBreakGlass`, in SQL over a list's details `d`. Where this
 * organisation has no details there is the public stub alone, which names nobody.
 * @returns undefined where the reader sees all of it
 */
export function visibleTo(name: ListName, reader: Person, bind: Bind): string | undefined {
  const concerned = CONCERNED[name];
  if (concerned === undefined || reader.role === 'gateway') return undefined;
  const allowed = ['d.patient IS NULL'];
  if (reader.role === 'patient') {
    allowed.push(`d.patient = ${bind(reader.subject)}`);
  } else {
    if (READING_STAFF.includes(reader.role)) {
      allowed.push(`${bind(reader.organisation)} IN (${concerned.columns.join(', ')})`);
    }
    if (concerned.named !== undefined) allowed.push(concerned.named(reader, bind));
  }
  return `(${allowed.join(' OR ')})`;
}

/** The grantee, or who passed the consent on. */
function isNamed({ organisation, subject, role }: Person, bind: Bind): string {
  const self = bind(subject);
  const circle = `d.grantee_role = ${bind(role)} OR (d.grantee_id IS NULL AND d.grantee_role IS NULL)`;
  const isGrantee = `d.grantee_organisation = ${bind(organisation)} AND (d.grantee_id = ${self} OR ${circle})`;
  return `(${isGrantee}) OR d.value->>'actor' = ${self}`;
}
