import type { OrganisationKind, Role } from '@medaccord/chaincode/api';

/** A person or service that every fresh consortium has. */
export interface DemoIdentity {
  readonly name: string;
  readonly role: Role;
}

const EVERYWHERE: readonly DemoIdentity[] = [
  { name: 'Admin', role: 'admin' },
  { name: 'gateway', role: 'gateway' },
  { name: 'auditor', role: 'auditor' },
];
const STAFF: Readonly<Record<OrganisationKind, readonly Role[]>> = {
  hospital: ['doctor', 'clerk', 'billing'],
  lab: ['technician', 'clerk', 'billing'],
  pharmacy: ['pharmacist', 'clerk', 'billing'],
  insurer: ['adjuster', 'clerk'],
  manufacturer: ['clerk'],
  regulator: ['clerk'],
};

/** Whom a network alone has in each organisation, as Fabric's own tools name them. */
export const NETWORK_USERS = [
  { name: 'Admin', role: 'admin' },
  { name: 'User1', role: 'client' },
] as const;

export function demoIdentities(kind: OrganisationKind): DemoIdentity[] {
  return [...EVERYWHERE, ...STAFF[kind].map((role) => ({ name: role, role }))];
}
