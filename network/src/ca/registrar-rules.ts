import { CaError } from './ca-error.js';
import type { Registration } from './registration.js';
import type { RegisteredIdentity } from './registry.js';

/** Roles that act by their certificate alone, without an approval on the ledger: only an admin gives them. */
const TRUSTED_ROLES = ['admin', 'gateway', 'auditor'];
const FLAGS = ['hf.Revoker', 'hf.GenCRL'];
const LISTS = ['hf.Registrar.Roles', 'hf.Registrar.DelegateRoles', 'hf.Registrar.Attributes'];

/**
 * Fabric CA's rules for who may register whom (docs "Registering a new identity"), and ours for the attribute
 * `role`: nobody gives away more than it has.
 * @throws CaError NOT_REGISTRAR, TYPE_FORBIDDEN, AFFILIATION_FORBIDDEN, ATTRIBUTE_FORBIDDEN
 */
export function checkRegistration(registrar: RegisteredIdentity, wanted: Registration): void {
  const types = listOf(registrar, 'hf.Registrar.Roles');
  if (types.length === 0) throw new CaError('NOT_REGISTRAR', `'${registrar.id}' is no registrar`);
  if (!types.includes('*') && !types.includes(wanted.type)) {
    throw new CaError('TYPE_FORBIDDEN', `'${registrar.id}' may not register the type '${wanted.type}'`);
  }
  if (!isWithin(wanted.affiliation ?? '', registrar.affiliation)) {
    throw new CaError(
      'AFFILIATION_FORBIDDEN',
      `'${registrar.id}' may not register in '${wanted.affiliation ?? ''}'`,
    );
  }
  for (const { name, value } of wanted.attributes) checkAttribute(registrar, wanted, name, value);
}

/** Whether somebody holds an attribute whose value is `true`. */
export function hasFlag(identity: RegisteredIdentity, name: string): boolean {
  return valueOf(identity, name)?.toLowerCase() === 'true';
}

/**
 * Whether `manager` may see and revoke `other`: Fabric's rule of type and affiliation, and nobody but an admin
 * touches who was trusted by an admin.
 */
export function canManage(manager: RegisteredIdentity, other: RegisteredIdentity): boolean {
  const types = listOf(manager, 'hf.Registrar.Roles');
  const role = valueOf(other, 'role') ?? '';
  return (
    (types.includes('*') || types.includes(other.type)) &&
    isWithin(other.affiliation, manager.affiliation) &&
    (manager.type === 'admin' || !TRUSTED_ROLES.includes(role))
  );
}

export function isRegistrar(identity: RegisteredIdentity): boolean {
  return listOf(identity, 'hf.Registrar.Roles').length > 0;
}

function checkAttribute(
  registrar: RegisteredIdentity,
  wanted: Registration,
  name: string,
  value: string,
): void {
  const refuse = (reason: string) =>
    new CaError('ATTRIBUTE_FORBIDDEN', `'${registrar.id}' may not give the attribute '${name}': ${reason}`);
  const own = listOf(registrar, 'hf.Registrar.Attributes');
  if (!covers(own, name)) throw refuse('it is not among its hf.Registrar.Attributes');
  if (name === 'role' && TRUSTED_ROLES.includes(value) && registrar.type !== 'admin') {
    throw refuse(`only an admin gives the role ${value}`);
  }
  if (!name.startsWith('hf.')) return;
  if (FLAGS.includes(name)) {
    if (!hasFlag(registrar, name)) throw refuse('it does not hold it');
    if (value !== 'true' && value !== 'false') throw refuse('it is true or false');
    return;
  }
  if (!LISTS.includes(name)) throw refuse('the authority sets or knows no such attribute');
  const values = split(value);
  if (name === 'hf.Registrar.Attributes') {
    const requested = new Set(wanted.attributes.map((attribute) => attribute.name));
    const unowned = values.find((entry) => entry.startsWith('hf.') && !requested.has(entry));
    if (unowned !== undefined) throw refuse(`${unowned} is not given along`);
    if (values.some((entry) => !covers(own, entry))) throw refuse('it is more than its own');
    return;
  }
  const roles = listOf(registrar, 'hf.Registrar.Roles');
  if (!roles.includes('*') && values.some((entry) => !roles.includes(entry)))
    throw refuse('it is more than its own');
}

/** `role` by `role`, `*`, or `ro*`; a wildcard only by an equal or wider one. */
function covers(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name,
  );
}

/** Whether an affiliation (`a.b`) is this one or below it; everything is below the root, which is empty. */
export function isWithin(affiliation: string, parent: string): boolean {
  return parent === '' || affiliation === parent || affiliation.startsWith(`${parent}.`);
}

function listOf(identity: RegisteredIdentity, name: string): string[] {
  return split(valueOf(identity, name) ?? '');
}

function split(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function valueOf(identity: RegisteredIdentity, name: string): string | undefined {
  return identity.attributes.find((attribute) => attribute.name === name)?.value;
}
