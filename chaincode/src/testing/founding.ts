import { createHash } from 'node:crypto';
import type { Role } from '../api/index.js';
import type { Caller, World } from './world.js';

/** Writes the consortium of the world's organisations, as `medaccord up` does at first start. */
export async function found(
  world: World,
  rules: { keyDelaySeconds?: number; breakGlassReviewSeconds?: number } = {},
): Promise<void> {
  const [first] = world.organisations;
  if (first === undefined) throw new Error('a consortium needs organisations');
  const admin = await world.caller(first.name, 'admin');
  const organisations = world.organisations.map(({ name, kind, mspId }) => ({ name, kind, mspId }));
  await world.submit(
    admin,
    'directory:found',
    { organisations, keyDelaySeconds: 0, breakGlassReviewSeconds: 172_800, ...rules },
    { private: { careKeySecret: createHash('sha256').update('care key secret').digest('hex') } },
  );
}

/** A practitioner who asked for approval and got it from the organisation's admin. */
export async function practitioner(world: World, organisation: string, role: Role): Promise<Caller> {
  const caller = await world.caller(organisation, role);
  const admin = await world.caller(organisation, 'admin');
  const evidenceHash = createHash('sha256').update(caller.subject).digest('hex');
  await world.submit(caller, 'directory:requestPractitioner', { id: caller.subject, role, evidenceHash });
  await world.submit(admin, 'directory:approvePractitioner', { id: caller.subject });
  return caller;
}
