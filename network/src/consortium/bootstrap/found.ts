import { createHash, randomBytes } from 'node:crypto';
import type { directory } from '@medaccord/chaincode/api';
import { PRACTITIONER_ROLES } from '@medaccord/chaincode/api';
import { demoIdentities, type DemoIdentity } from '../../crypto-material/index.js';
import {
  careOrganisations,
  type ConsortiumOrganisation,
  type ConsortiumTopology,
} from '../../topology/index.js';
import { ConsortiumError } from '../errors.js';
import { identitiesOf } from '../summary.js';
import type { AdminClient } from './admin-client.js';
import { CallRefused, connectAdmin } from './admin-client.js';
import { settleMembers } from './members.js';

/**
 * Brings a ledger to where people can work with it: founds the consortium, settles its members, and registers and approves the demo
 * practitioners. Does what is missing and nothing twice, so it may be cut short at any moment and run again. Whoever
 * was approved once, and whoever was issued by hand, is the organisation's admin's alone.
 * @param connect how an organisation's admin reaches the ledger
 * @returns a sentence about what it did.
 * @throws ConsortiumError BOOTSTRAP_FAILED naming the step.
 */
export async function bootstrapLedger(
  home: string,
  topology: ConsortiumTopology,
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
    const { joined, left } = await named('settling who is a member', () => settleMembers(topology, clients));
    const approved = await Promise.all(
      clients.map(({ organisation, client }) => approvePractitioners(home, organisation, client)),
    );
    const count = approved.reduce((sum, own) => sum + own, 0);
    const done = [
      founded ? 'founded' : 'already founded',
      ...joined.map((name) => `${name} joined`),
      ...left.map((name) => `${name} left`),
      ...(founded || count > 0 ? [`${count} practitioners approved`] : []),
    ];
    return done.join(', ');
  } finally {
    for (const { client } of clients) client.close();
  }
}

async function found(topology: ConsortiumTopology, client: AdminClient | undefined): Promise<boolean> {
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
  home: string,
  organisation: ConsortiumOrganisation,
  client: AdminClient,
): Promise<number> {
  const people = demoPractitioners(home, organisation);
  const done = await Promise.all(
    people.map((person) =>
      named(`approving ${person.name}@${organisation.name}`, () => approve(client, person)),
    ),
  );
  return done.filter(Boolean).length;
}

interface DemoPractitioner extends DemoIdentity {
  /** On the ledger. */
  readonly id: string;
}

function demoPractitioners(home: string, organisation: ConsortiumOrganisation): DemoPractitioner[] {
  const people = identitiesOf(home, organisation);
  return demoIdentities(organisation.kind)
    .filter(({ role }) => PRACTITIONER_ROLES.includes(role))
    .flatMap((demo) => {
      const person = people.find(({ name, role }) => name === demo.name && role === demo.role);
      return person === undefined ? [] : [{ ...demo, id: person.subject }];
    });
}

async function approve(client: AdminClient, { id, role }: DemoPractitioner): Promise<boolean> {
  const known = await practitioner(client, id);
  if (known === undefined) {
    // Nothing to prove about somebody invented: the evidence is the salt alone.
    const evidenceHash = createHash('sha256').update(randomBytes(32)).digest('hex');
    await client.submit('directory:requestPractitioner', { id, role, evidenceHash });
  } else if (known.status !== 'requested' || known.version !== FIRST_VERSION) {
    // Decided already. Somebody who left and asks again has a later version: that is for an admin.
    return false;
  }
  await client.submit('directory:approvePractitioner', { id });
  return true;
}

/** Of an asset that was written once: a request of ours that a former start left without its approval. */
const FIRST_VERSION = 1;

async function practitioner(client: AdminClient, id: string): Promise<directory.Practitioner | undefined> {
  try {
    return (await client.evaluate('directory:getPractitioner', { id })) as directory.Practitioner;
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
