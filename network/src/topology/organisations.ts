import { isCare } from '@medaccord/chaincode/api';
import { CodedError } from '../coded-error.js';
import type { ConsortiumOrganisation, ConsortiumTopology } from './consortium-schema.js';
import type { Organisation, Topology } from './network-schema.js';

/** The organisations whose majority endorses: hospitals, labs, pharmacies. */
export function careOrganisations(topology: ConsortiumTopology): ConsortiumOrganisation[] {
  return topology.organisations.filter(({ kind }) => isCare(kind));
}

export function insurers(topology: ConsortiumTopology): ConsortiumOrganisation[] {
  return topology.organisations.filter(({ kind }) => kind === 'insurer');
}

/** Every channel with its members: first the one of all organisations. */
export function channelsOf(topology: Topology): { name: string; members: Organisation[] }[] {
  const { channel, channels, organisations } = topology;
  return [
    { name: channel, members: organisations },
    ...channels.map(({ name, organisations: names }) => ({
      name,
      members: organisations.filter((organisation) => names.includes(organisation.name)),
    })),
  ];
}

/** @throws CodedError ORGANISATION_UNKNOWN that lists the known names. */
export function findOrganisation<O extends Organisation>(
  topology: { readonly name: string; readonly organisations: readonly O[] },
  name: string,
): O {
  const found = topology.organisations.find((organisation) => organisation.name === name);
  if (found !== undefined) return found;
  const known = topology.organisations.map((organisation) => organisation.name).join(', ');
  throw new CodedError('ORGANISATION_UNKNOWN', `there is no organisation "${name}" in ${topology.name}`, {
    hint: `known organisations: ${known}`,
  });
}
