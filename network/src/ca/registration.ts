import { randomBytes } from 'node:crypto';
import { Role } from '@medaccord/chaincode/api';
import type { Attributes } from '../pki/index.js';
import { CaError } from './ca-error.js';
import type { IdentityType, RegisteredAttribute, RegisteredIdentity } from './registry.js';

export interface Registration {
  readonly id: string;
  readonly type: IdentityType;
  readonly affiliation?: string;
  /** `role` and `subject` among them; a missing subject is drawn. */
  readonly attributes: readonly RegisteredAttribute[];
  /** -1: no limit. Left out: 1. */
  readonly maxEnrollments?: number;
}

/** Common names that are safe in folder names, URLs and Fabric's own tools. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
const SUBJECT = /^[0-9a-f]{32}$/;
/**
 * Checks a registration and completes it with the attributes that the authority sets.
 * @param withRoles the authority is a consortium's: `role` and `subject` are its contracts' business
 * @throws CaError REGISTRATION_INVALID
 */
export function toIdentity(registration: Registration, withRoles: boolean): RegisteredIdentity {
  const { id, type, affiliation = '', maxEnrollments = 1 } = registration;
  if (!ID.test(id)) {
    throw new CaError(
      'REGISTRATION_INVALID',
      `'${id}' is no name: 1 to 64 of A-Z a-z 0-9 . _ @ -, letter or digit first`,
    );
  }
  return {
    id,
    type,
    affiliation,
    attributes: complete(registration, withRoles),
    maxEnrollments,
    enrollments: 0,
    failedAttempts: 0,
    lockedUntil: 0,
    status: 'active',
    registeredAt: new Date().toISOString(),
  };
}

/** People and services of a consortium need a role and a subject; nodes, and networks alone, have neither. */
function complete(
  { id, type, affiliation = '', attributes }: Registration,
  withRoles: boolean,
): RegisteredAttribute[] {
  const value = (name: string) => attributes.find((attribute) => attribute.name === name)?.value;
  const own = [
    { name: 'hf.EnrollmentID', value: id, ecert: true },
    { name: 'hf.Type', value: type, ecert: true },
    { name: 'hf.Affiliation', value: affiliation, ecert: true },
  ];
  if (withRoles && (type === 'client' || type === 'admin')) {
    const role = Role.safeParse(value('role'));
    if (!role.success) {
      throw new CaError(
        'REGISTRATION_INVALID',
        `'${id}' needs the attribute role: ${Role.options.join(', ')}`,
      );
    }
    if ((role.data === 'admin') !== (type === 'admin')) {
      throw new CaError('REGISTRATION_INVALID', `'${id}': the role admin and the type admin belong together`);
    }
    const subject = value('subject') ?? randomBytes(16).toString('hex');
    if (!SUBJECT.test(subject)) {
      throw new CaError(
        'REGISTRATION_INVALID',
        `'${id}': the attribute subject must be 32 lower-case hex digits`,
      );
    }
    own.push(
      { name: 'role', value: role.data, ecert: true },
      { name: 'subject', value: subject, ecert: true },
    );
  }
  const fixed = new Set(own.map(({ name }) => name));
  return [...own, ...attributes.filter(({ name }) => !fixed.has(name))];
}

/** The attributes that go into a certificate; `role` and `subject` always do. */
export function embeddedAttributes(
  identity: RegisteredIdentity,
  wanted: readonly string[] | undefined,
): Attributes {
  const chosen = identity.attributes.filter(({ name, ecert }) =>
    wanted === undefined ? ecert : name === 'role' || name === 'subject' || wanted.includes(name),
  );
  return Object.fromEntries(chosen.map(({ name, value }) => [name, value]));
}
