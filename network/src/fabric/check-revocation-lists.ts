import { X509Certificate } from 'node:crypto';
import { parseRevocationList, type RevocationList } from '../embedded/identity/revocation-list.js';
import { FabricError } from './fabric-error.js';

/** One block, with the one label that Fabric reads. */
const PEM = /^\s*-----BEGIN X509 CRL-----[A-Za-z0-9+/=\s]+-----END X509 CRL-----\s*$/;

/**
 * What Fabric would take and then go wrong by: it accepts a list without the authority's key id, and from then on
 * refuses the whole organisation; of another label it reads nothing; a list that lacks what was revoked lets it in again.
 * @param authority PEM of the organisation's authority.
 * @param published The lists in force.
 * @throws FabricError REVOCATION_LIST_UNUSABLE with the reason.
 */
export function requireUsableLists(
  lists: readonly Uint8Array[],
  authority: string,
  published: readonly Uint8Array[],
): void {
  const issuer = new X509Certificate(authority);
  const wanted = lists.map((list) => usable(list, issuer));
  const revoked = new Set(wanted.flatMap(({ serialNumbers }) => [...serialNumbers]));
  for (const before of published) {
    const lost = [...parsed(before).serialNumbers].filter((serial) => !revoked.has(serial));
    if (lost.length > 0) throw unusable(`it lacks what is revoked already: ${lost.join(', ')}`);
  }
}

function usable(bytes: Uint8Array, issuer: X509Certificate): RevocationList {
  if (!PEM.test(Buffer.from(bytes).toString('latin1'))) {
    throw unusable('it is not one PEM block with the label X509 CRL');
  }
  const list = parsed(bytes);
  if (!list.isSignedBy(issuer.publicKey)) throw unusable(`${issuer.subject} did not sign it`);
  return list;
}

function parsed(bytes: Uint8Array): RevocationList {
  try {
    return parseRevocationList(Buffer.from(bytes));
  } catch (cause) {
    throw unusable(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function unusable(reason: string, cause?: unknown): FabricError {
  return new FabricError(
    'REVOCATION_LIST_UNUSABLE',
    `the revocation list is not published: ${reason}`,
    'Make a new one: medaccord identity revoke',
    cause,
  );
}
