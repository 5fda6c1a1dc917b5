import { CaError } from '../ca-error.js';
import type { CertificateAuthority } from '../certificate-authority.js';
import { canManage, checkRegistration, isRegistrar } from '../registrar-rules.js';
import type { RegisteredAttribute, RegisteredIdentity } from '../registry.js';
import type { TokenCaller } from '../token.js';
import { attributesOf, typeOf, type ModifyRequest, type RegisterRequest } from './messages.js';
import { register } from './operations.js';

/** Fabric CA's `identities`: what a registrar sees and changes of those whom it may manage. */

export function listIdentities(authority: CertificateAuthority, caller: TokenCaller) {
  checkRegistrar(caller);
  const visible = authority.registry.identities().filter((identity) => canManage(caller.identity, identity));
  return { identities: visible.map(describe), caname: authority.name };
}

export function getIdentity(authority: CertificateAuthority, caller: TokenCaller, id: string) {
  return { ...describe(manageable(authority, caller, id)), caname: authority.name };
}

/** As `register`, and tells what became of it. */
export async function addIdentity(
  authority: CertificateAuthority,
  caller: TokenCaller,
  request: RegisterRequest,
) {
  const { secret } = await register(authority, caller, request);
  return { ...getIdentity(authority, caller, request.id), secret };
}

/**
 * Changes what the request names and leaves the rest. Certificates that are out keep what they say. The subject
 * stays: on the ledger it is the person.
 */
export async function modifyIdentity(
  authority: CertificateAuthority,
  caller: TokenCaller,
  id: string,
  request: ModifyRequest,
) {
  manageable(authority, caller, id);
  const changed = await authority.modify(
    id,
    (known) => changedRegistration(caller, known, request),
    request.secret || undefined,
  );
  return { ...describe(changed), secret: request.secret ?? '', caname: authority.name };
}

/** Fabric CA's default too: what was issued must keep its owner. */
export function removeIdentity(authority: CertificateAuthority, caller: TokenCaller): never {
  checkRegistrar(caller);
  throw new CaError('REMOVAL_DISABLED', `Identity removal is disabled on ${authority.name}: revoke it`);
}

function changedRegistration(caller: TokenCaller, known: RegisteredIdentity, request: ModifyRequest) {
  const attributes = attributesOf(request.attrs);
  if (attributes.some(({ name }) => name === 'subject')) {
    throw new CaError('ATTRIBUTE_FORBIDDEN', `The subject of '${known.id}' stays`);
  }
  const { affiliation } = request;
  const changed = {
    id: known.id,
    type: request.type ? typeOf(request.type) : known.type,
    affiliation: affiliation === '.' ? '' : affiliation || known.affiliation,
    maxEnrollments: enrollments(request.max_enrollments, known.maxEnrollments),
  };
  checkRegistration(caller.identity, { ...changed, attributes });
  return { ...changed, attributes: merged(known.attributes, attributes) };
}

function enrollments(wanted: number | null | undefined, known: number): number {
  if (wanted === -2) return 0;
  return wanted || known;
}

function merged(
  known: readonly RegisteredAttribute[],
  changes: readonly RegisteredAttribute[],
): RegisteredAttribute[] {
  const all = new Map([...known, ...changes].map((attribute) => [attribute.name, attribute]));
  return [...all.values()].filter(({ value }) => value !== '');
}

function manageable(authority: CertificateAuthority, caller: TokenCaller, id: string): RegisteredIdentity {
  checkRegistrar(caller);
  const found = authority.registry.identity(id);
  if (found === undefined) throw new CaError('IDENTITY_NOT_FOUND', `Identity '${id}' was not found`);
  if (!canManage(caller.identity, found)) {
    throw new CaError('NOT_REGISTRAR', `'${caller.identity.id}' may not manage '${id}'`);
  }
  return found;
}

/** @throws CaError NOT_REGISTRAR */
export function checkRegistrar(caller: TokenCaller): void {
  if (isRegistrar(caller.identity)) return;
  throw new CaError('NOT_REGISTRAR', `'${caller.identity.id}' is no registrar`);
}

function describe(known: RegisteredIdentity) {
  return {
    id: known.id,
    type: known.type,
    affiliation: known.affiliation,
    attrs: known.attributes,
    max_enrollments: known.maxEnrollments,
  };
}
