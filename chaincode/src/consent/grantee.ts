import type { consent } from '../api/index.js';

export { isGrantee, type Person } from '../api/index.js';

type Grantee = consent.Grantee;

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
