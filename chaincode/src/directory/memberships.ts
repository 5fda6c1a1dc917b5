import { isCare, majority, type directory } from '../api/index.js';
import { CONSORTIUM, refuse, type Handler, type Transaction } from '../ledger/index.js';
import { MEMBERSHIP } from './kinds.js';

type Membership = directory.Membership;
type Wanted = Pick<Membership, 'kind' | 'mspId' | 'step'>;

/**
 * An admin of a care organisation approves that an organisation joins the consortium, or leaves it. With the majority of
 * the care organisations it is decided, and the consortium is another from then on.
 */
export const approveMembership: Handler<'directory:approveMembership', Membership> = async (
  tx,
  { organisation, step },
) => {
  const { caller } = tx;
  await caller.requireRole('admin');
  caller.requireCare();
  requirePossible(tx.consortium, organisation, step);
  const { name, kind, mspId } = organisation;
  const wanted: Wanted = { kind, mspId, step };
  const before = await tx.assets.get(MEMBERSHIP, name);
  const underWay = before?.status === 'proposed' && isSame(before, wanted) ? before : undefined;
  const own = caller.organisation.name;
  if (underWay?.approvedBy.includes(own)) refuse('ALREADY_EXISTS', `${own} has approved it`);

  const care = tx.consortium.organisations.filter((member) => isCare(member.kind));
  // Who has left since does not count any more.
  const stillMembers = (underWay?.approvedBy ?? []).filter((by) => care.some((member) => member.name === by));
  const approvedBy = [...stillMembers, own];
  const isDecided = approvedBy.length >= majority(care.length);
  const membership: Membership = {
    type: 'membership',
    id: name,
    ...wanted,
    status: isDecided ? 'decided' : 'proposed',
    approvedBy,
    version: (before?.version ?? 0) + 1,
    updatedAt: tx.timeFor(before?.updatedAt),
  };
  await tx.assets.put(MEMBERSHIP, membership);
  if (isDecided) await decide(tx, organisation, step);
  return membership;
};

async function decide(
  tx: Transaction,
  organisation: directory.Organisation,
  step: Membership['step'],
): Promise<void> {
  const { organisations, ...rules } = tx.consortium;
  const others = organisations.filter(({ name }) => name !== organisation.name);
  const members = step === 'join' ? [...others, organisation] : others;
  await tx.assets.put(CONSORTIUM, { ...rules, organisations: members });
}

function requirePossible(
  { organisations }: directory.Consortium,
  { name, kind, mspId }: directory.Organisation,
  step: Membership['step'],
): void {
  const known = organisations.find((member) => member.name === name || member.mspId === mspId);
  if (step === 'join') {
    if (known !== undefined) refuse('ALREADY_EXISTS', 'a member has that name or MSP id');
    return;
  }
  if (known?.name !== name || known.mspId !== mspId || known.kind !== kind) {
    refuse('NOT_FOUND', 'no such member');
  }
  const left = organisations.filter((member) => member !== known);
  if (left.length < 2 || !left.some((member) => isCare(member.kind))) {
    refuse('INVALID_STATE', 'two members have to stay, and one of them gives care');
  }
}

function isSame(one: Wanted, other: Wanted): boolean {
  return one.kind === other.kind && one.mspId === other.mspId && one.step === other.step;
}
