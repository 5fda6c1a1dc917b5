import { isCare, majority, type Endorsers, type OrganisationKind } from '@medaccord/chaincode/api';
import { Problem } from '../errors.js';

export interface Member {
  readonly name: string;
  readonly kind: OrganisationKind;
  readonly mspId: string;
}

/**
 * MSP ids that must endorse a call, so that transient data goes to nobody else (FABRIC rule 6), and that a policy
 * which needs them is met. Undefined: the peer chooses by the chaincode policy.
 */
export function endorsingOrganizations(
  endorsers: Endorsers,
  own: Member,
  members: readonly Member[],
  claim?: { readonly hospital: string; readonly insurer: string },
): string[] | undefined {
  switch (endorsers) {
    case 'policy':
      return undefined;
    case 'own':
      return [own.mspId];
    case 'care':
      return careMajority(own, members);
    case 'pair':
      return [mspIdOf(claim?.hospital, members), mspIdOf(claim?.insurer, members)];
    case 'insurer':
      return [...new Set([mspIdOf(claim?.insurer, members), ...careMajority(own, members, claim?.hospital)])];
  }
}

/** A majority of the care organisations: the own first where it is one, then the preferred, then in file order. */
function careMajority(own: Member, members: readonly Member[], preferred?: string): string[] {
  const care = members.filter(({ kind }) => isCare(kind));
  const rank = (member: Member) => (member.mspId === own.mspId ? 0 : member.name === preferred ? 1 : 2);
  return care
    .toSorted((a, b) => rank(a) - rank(b))
    .slice(0, majority(care.length))
    .map(({ mspId }) => mspId);
}

function mspIdOf(name: string | undefined, members: readonly Member[]): string {
  const member = members.find((candidate) => candidate.name === name);
  if (member === undefined)
    throw new Problem('INVALID_ARGUMENT', `no organisation is called ${name ?? '(none)'}`);
  return member.mspId;
}
