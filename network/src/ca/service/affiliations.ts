import { CaError, type CaReason } from '../ca-error.js';
import type { CertificateAuthority } from '../certificate-authority.js';
import { isWithin } from '../registrar-rules.js';
import type { TokenCaller } from '../token.js';
import { checkRegistrar } from './identities.js';

interface Affiliation {
  readonly name: string;
  readonly affiliations: Affiliation[];
}

/** Those in use, as a tree: here a registration may name any, and none is declared beforehand. */
export function listAffiliations(authority: CertificateAuthority, caller: TokenCaller, below = '') {
  checkRegistrar(caller);
  const own = caller.identity.affiliation;
  if (below !== '' && !isWithin(below, own)) {
    throw new CaError('AFFILIATION_FORBIDDEN', `'${caller.identity.id}' may not see '${below}'`);
  }
  const top = below === '' ? own : below;
  const used = new Set(
    authority.registry.identities().flatMap(({ affiliation }) => withParents(affiliation)),
  );
  const names = [...used].filter((name) => isWithin(name, top)).sort();
  if (names.length === 0) {
    throw new CaError('AFFILIATION_NOT_FOUND', 'No affiliations are configured on the CA');
  }
  return { ...tree(top, names), caname: authority.name };
}

export function refuseAffiliation(caller: TokenCaller, reason: CaReason): never {
  checkRegistrar(caller);
  throw new CaError(
    reason,
    'Affiliations are not configured on this CA: they are there while a registration names them',
  );
}

/** `a.b.c`: a, a.b, a.b.c. */
function withParents(affiliation: string): string[] {
  const parts = affiliation === '' ? [] : affiliation.split('.');
  return parts.map((_part, index) => parts.slice(0, index + 1).join('.'));
}

function tree(name: string, names: readonly string[]): Affiliation {
  const depth = name === '' ? 1 : name.split('.').length + 1;
  const children = names.filter((other) => isWithin(other, name) && other.split('.').length === depth);
  return { name, affiliations: children.map((child) => tree(child, names)) };
}
