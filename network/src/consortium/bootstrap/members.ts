import { isCare, type directory } from '@medaccord/chaincode/api';
import type { ConsortiumOrganisation, ConsortiumTopology } from '../../topology/index.js';
import { CallRefused, type AdminClient } from './admin-client.js';

/** An organisation with its admin's way to the ledger. */
export interface Member {
  readonly organisation: ConsortiumOrganisation;
  readonly client: AdminClient;
}

/**
 * Has the organisations of the topology be the members of the consortium: who came is admitted, who is gone leaves, each
 * by the admins of the care organisations that are members, until they are a majority.
 * @returns names of those who joined, and of those who left.
 */
export async function settleMembers(
  topology: ConsortiumTopology,
  members: readonly Member[],
): Promise<{ joined: string[]; left: string[] }> {
  const [first] = members;
  if (first === undefined) return { joined: [], left: [] };
  const { organisations } = (await first.client.evaluate('directory:consortium', {})) as directory.Consortium;
  const has = (list: readonly { readonly name: string }[], name: string) =>
    list.some((one) => one.name === name);
  const joining = topology.organisations.filter(({ name }) => !has(organisations, name));
  const leaving = organisations.filter(({ name }) => !has(topology.organisations, name));
  const voters = members.filter(
    ({ organisation }) => isCare(organisation.kind) && has(organisations, organisation.name),
  );
  for (const { name, kind, mspId } of joining) await approveAll(voters, { name, kind, mspId }, 'join');
  for (const organisation of leaving) await approveAll(voters, organisation, 'leave');
  return { joined: joining.map(({ name }) => name), left: leaving.map(({ name }) => name) };
}

async function approveAll(
  voters: readonly Member[],
  organisation: directory.Organisation,
  step: 'join' | 'leave',
): Promise<void> {
  for (const { client, organisation: voter } of voters) {
    // Who leaves is not asked.
    if (voter.name === organisation.name) continue;
    try {
      await client.submit('directory:approveMembership', { organisation, step });
    } catch (error) {
      // Approved by it before, or decided already: both as it should be.
      const isDone =
        error instanceof CallRefused && (error.code === 'ALREADY_EXISTS' || error.code === 'NOT_FOUND');
      if (!isDone) throw error;
    }
  }
}
