import { PRACTITIONER_ROLES, type directory } from '../api/index.js';
import { PRACTITIONER, checkVersion, refuse, type Handler, type Transaction } from '../ledger/index.js';

type Practitioner = directory.Practitioner;
type Step = Handler<'directory:approvePractitioner', Practitioner>;

/**
 * Asks for approval, by the person itself (certificate and request name the same role) or by an admin or an
 * approved clerk of the organisation. Who was declined or has left may ask the same organisation again.
 */
export const requestPractitioner: Handler<'directory:requestPractitioner', Practitioner> = async (
  tx,
  { id, role, evidenceHash },
) => {
  const { caller } = tx;
  const organisation = caller.organisation.name;
  if (!PRACTITIONER_ROLES.includes(role)) refuse('INVALID_ARGUMENT', 'input.role: needs no approval');
  if (caller.subject !== id) await caller.requireRole('admin', 'clerk');
  else if (caller.role !== role) refuse('UNAUTHORIZED_ROLE', 'the certificate names another role');
  const before = await tx.assets.get(PRACTITIONER, id);
  if (before !== undefined) {
    caller.requireOrganisation(before.organisation);
    if (before.status !== 'declined' && before.status !== 'left') {
      refuse('ALREADY_EXISTS', `practitioner is ${before.status}`);
    }
  }
  const practitioner: Practitioner = {
    type: 'practitioner',
    id,
    organisation,
    role,
    status: 'requested',
    evidenceHash,
    breakGlassSuspended: before?.breakGlassSuspended ?? false,
    version: (before?.version ?? 0) + 1,
    updatedAt: tx.timeFor(before?.updatedAt),
  };
  await tx.assets.put(PRACTITIONER, practitioner);
  return practitioner;
};

export const approvePractitioner = step(['requested'], 'approved');
export const declinePractitioner = step(['requested'], 'declined');
export const suspendPractitioner = step(['approved'], 'suspended');
export const leavePractitioner = step(['approved', 'suspended'], 'left');

/** Back from a suspension; also gives an approved practitioner the emergency right back. */
export const reinstatePractitioner: Step = async (tx, { id, reason, expectedVersion }) => {
  const before = await requireOwn(tx, id, expectedVersion);
  const lostEmergency = before.status === 'approved' && before.breakGlassSuspended;
  if (before.status !== 'suspended' && !lostEmergency) wrongState(before);
  return save(tx, before, { status: 'approved', breakGlassSuspended: false, reason });
};

export const getPractitioner: Handler<'directory:getPractitioner', Practitioner> = async (tx, { id }) => {
  void tx.caller.organisation;
  return tx.assets.require(PRACTITIONER, id);
};

function step(from: readonly Practitioner['status'][], to: Practitioner['status']): Step {
  return async (tx, { id, reason, expectedVersion }) => {
    const before = await requireOwn(tx, id, expectedVersion);
    if (!from.includes(before.status)) wrongState(before);
    return save(tx, before, { status: to, reason });
  };
}

/** An admin decides about practitioners of the own organisation, never about itself. */
async function requireOwn(
  tx: Transaction,
  id: string,
  expectedVersion: number | undefined,
): Promise<Practitioner> {
  await tx.caller.requireRole('admin');
  const practitioner = await tx.assets.require(PRACTITIONER, id);
  tx.caller.requireOrganisation(practitioner.organisation);
  if (tx.caller.subject === id) refuse('SELF_APPROVAL', 'another admin decides about an admin');
  checkVersion(practitioner, expectedVersion);
  return practitioner;
}

async function save(
  tx: Transaction,
  before: Practitioner,
  change: Partial<Practitioner>,
): Promise<Practitioner> {
  const after = tx.next(before, change);
  await tx.assets.put(PRACTITIONER, after);
  return after;
}

function wrongState({ status }: Practitioner): never {
  return refuse('INVALID_STATE', `practitioner is ${status}`);
}
