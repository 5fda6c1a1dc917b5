import { createHash, randomBytes } from 'node:crypto';
import type { directory } from '@medaccord/chaincode/api';
import { PRACTITIONER_ROLES } from '@medaccord/chaincode/api';
import type { IdentityFile } from '../../crypto-material/index.js';
import { careOrganisations, type OrganisationEntry, type Topology } from '../../topology/index.js';
import { ConsortiumError } from '../errors.js';
import type { Home } from '../home.js';
import { identitiesOf } from '../summary.js';
import type { AdminClient } from './admin-client.js';
import { CallRefused, connectAdmin } from './admin-client.js';

/**
 * Brings a ledger to where people can work with it: founds the consortium, and registers and approves the demo
 * practitioners. Does what is missing and nothing twice, so it may be cut short at any moment and run again.
 * @param connect how an organisation's admin reaches the ledger
 * @returns a sentence about what it did.
 * @throws ConsortiumError BOOTSTRAP_FAILED naming the step.
 */
export async function bootstrapLedger(
  home: Home,
  topology: Topology,
  connect: typeof connectAdmin = connectAdmin,
): Promise<string> {
  const clients = topology.organisations.map((organisation) => ({
    organisation,
    client: connect(home, topology, organisation),
  }));
  try {
    // The contract lets nobody but a care organisation found a consortium.
    const [founder] = careOrganisations(topology);
    const founding = clients.find(({ organisation }) => organisation === founder)?.client;
    const founded = await named('founding the consortium', () => found(topology, founding));
    const approved = await Promise.all(
      clients.map(({ organisation, client }) => approvePractitioners(home, organisation, client)),
    );
    const count = approved.reduce((sum, own) => sum + own, 0);
    if (!founded && count === 0) return 'already founded';
    return `${founded ? 'founded' : 'already founded'}, ${count} practitioners approved`;
  } finally {
    for (const { client } of clients) client.close();
  }
}

async function found(topology: Topology, client: AdminClient | undefined): Promise<boolean> {
  if (client === undefined || (await isFounded(client))) return false;
  const organisations = topology.organisations.map(({ name, kind, mspId }) => ({ name, kind, mspId }));
  const careKeySecret = randomBytes(32).toString('hex');
  try {
    await client.submit('directory:found', { organisations, ...topology.rules }, { careKeySecret });
    return true;
  } catch (error) {
    if (error instanceof CallRefused && error.code === 'ALREADY_FOUNDED') return false;
    throw error;
  }
}

async function isFounded(client: AdminClient): Promise<boolean> {
  try {
    await client.evaluate('directory:consortium', {});
    return true;
  } catch (error) {
    if (error instanceof CallRefused && error.code === 'NOT_FOUNDED') return false;
    throw error;
  }
}

/** @returns how many were approved now. */
async function approvePractitioners(
  home: Home,
  organisation: OrganisationEntry,
  client: AdminClient,
): Promise<number> {
  const people = identitiesOf(home, organisation).filter(({ role }) => PRACTITIONER_ROLES.includes(role));
  const done = await Promise.all(
    people.map((person) =>
      named(`approving ${person.name}@${organisation.name}`, () => approve(client, person)),
    ),
  );
  return done.filter(Boolean).length;
}

async function approve(client: AdminClient, person: IdentityFile): Promise<boolean> {
  const id = person.subject;
  let status = await statusOf(client, id);
  if (status === undefined) {
    // Nothing to prove about somebody invented: the evidence is the salt alone.
    const evidenceHash = createHash('sha256').update(randomBytes(32)).digest('hex');
    await client.submit('directory:requestPractitioner', { id, role: person.role, evidenceHash });
    status = 'requested';
  }
  // Somebody who was suspended or has left since stays so.
  if (status !== 'requested') return false;
  await client.submit('directory:approvePractitioner', { id });
  return true;
}

async function statusOf(
  client: AdminClient,
  id: string,
): Promise<directory.Practitioner['status'] | undefined> {
  try {
    return ((await client.evaluate('directory:getPractitioner', { id })) as directory.Practitioner).status;
  } catch (error) {
    if (error instanceof CallRefused && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

async function named<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConsortiumError) throw error;
    const said =
      error instanceof CallRefused ? `${error.code}: ${error.message}` : String((error as Error).message);
    const hint = 'See the logs: medaccord logs ledger, medaccord logs chaincode';
    throw new ConsortiumError('BOOTSTRAP_FAILED', `${what} failed: ${said}`, hint, error);
  }
}
