import type { Role, consent } from '../api/index.js';

type Grantee = consent.Grantee;
export interface Person {
  organisation: string;
  subject: string;
  role: Role;
}

/** Whether a person is meant. That it is an approved practitioner of that organisation is asked elsewhere. */
export function isGrantee(grantee: Grantee, { organisation, subject, role }: Person): boolean {
  if (grantee.organisation !== organisation) return false;
  switch (grantee.kind) {
    case 'practitioner':
      return grantee.id === subject;
    case 'role':
      return grantee.role === role;
    case 'organisation':
      return true;
  }
}

/**
 * To whom a permission may be passed on: to one named practitioner anywhere (a referral), or to a circle that is
 * no wider than the one it was given to.
 */
export function isWithinGrantee(inner: Grantee, outer: Grantee): boolean {
  switch (inner.kind) {
    case 'practitioner':
      return true;
    case 'role':
      return (
        inner.organisation === outer.organisation &&
        (outer.kind === 'organisation' || (outer.kind === 'role' && outer.role === inner.role))
      );
    case 'organisation':
      return outer.kind === 'organisation' && inner.organisation === outer.organisation;
  }
}
