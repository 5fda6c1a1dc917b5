import { differences, type DefinitionToDeploy } from './definition.js';
import { DeploymentError } from './deployment-error.js';
import { packageOf, type LifecycleClient } from './lifecycle-client.js';

/** As a peer installs it. */
export interface ChaincodePackage {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** An organisation that installs and approves. */
export interface Deployer {
  readonly name: string;
  readonly mspId: string;
  /** What it runs; undefined: the chaincode dials in as `name:version`, and nothing is installed. */
  readonly package?: ChaincodePackage | undefined;
  /** Its peers, each by the organisation's admin; at least one. */
  readonly peers: readonly { readonly name: string; readonly client: LifecycleClient }[];
}

export interface Deployment {
  readonly definition: DefinitionToDeploy;
  /** At least one. */
  readonly deployers: readonly Deployer[];
}

/** What a deployment came to. */
export interface Deployed {
  readonly sequence: number;
  /** Peers on which the package was installed now. */
  readonly installed: readonly string[];
  /** Organisations that approved now. */
  readonly approved: readonly string[];
  /** False: that definition was committed already. */
  readonly committed: boolean;
}

/**
 * Brings a chaincode to where it can be called: approved by every deployer, installed on its peers, committed. Does
 * what is missing and nothing twice, so it may be cut short at any moment and run again.
 * @param note One line about each thing that was done.
 * @throws DeploymentError.
 */
export async function deploy(deployment: Deployment, note: (text: string) => void): Promise<Deployed> {
  const { definition, deployers } = deployment;
  const client = clientOf(deployers[0]);
  const sequence = await sequenceFor(definition, client);
  // Approvals first: a definition that the ledger refuses leaves nothing behind.
  const approved = await approveEverywhere(deployment, sequence.number, note);
  const installed = await installEverywhere(deployment, note);
  if (sequence.isCommitted) return { sequence: sequence.number, installed, approved, committed: false };
  const approvers = await client.approvers(definition, sequence.number);
  try {
    await client.commit(definition, sequence.number, approvers);
  } catch (cause) {
    if (!(cause instanceof DeploymentError)) throw cause;
    throw new DeploymentError(
      'NOT_APPROVED',
      `${definition.name} was not committed at sequence ${String(sequence.number)}; ` +
        `approved by ${approvers.join(', ') || 'nobody'}: ${cause.message}`,
      { hint: 'Enough other organisations have to approve the same definition first.', cause },
    );
  }
  note(`${definition.name} committed at sequence ${String(sequence.number)}`);
  return { sequence: sequence.number, installed, approved, committed: true };
}

async function sequenceFor(
  definition: DefinitionToDeploy,
  client: LifecycleClient,
): Promise<{ number: number; isCommitted: boolean }> {
  const { name, sequence } = definition;
  const found = await client.committed(name);
  const committed = found?.getSequence() ?? 0;
  const differing = found === undefined ? [] : differences(definition, found);
  if (found !== undefined && differing.length === 0 && (sequence ?? committed) === committed) {
    return { number: committed, isCommitted: true };
  }
  const next = committed + 1;
  if (sequence === undefined || sequence === next) return { number: next, isCommitted: false };
  if (sequence === committed) {
    throw new DeploymentError(
      'DEFINITION_DIFFERS',
      `${name} is committed at sequence ${String(sequence)} with another ${differing.join(', ')}`,
      { hint: `Give what is to change the sequence ${String(next)}.` },
    );
  }
  throw new DeploymentError(
    'SEQUENCE_WRONG',
    `${name} ${committed === 0 ? 'is not committed yet' : `is committed at sequence ${String(committed)}`}: ` +
      `the next sequence is ${String(next)}, not ${String(sequence)}`,
    { hint: `Give sequence ${String(next)}.` },
  );
}

async function installEverywhere({ deployers }: Deployment, note: (text: string) => void): Promise<string[]> {
  const done = await Promise.all(
    deployers.flatMap((deployer) =>
      deployer.peers.map(async ({ name, client }) => {
        const own = deployer.package;
        if (own === undefined || (await client.installed()).includes(own.id)) return [];
        await client.install(own.bytes);
        note(`installed on ${name} of ${deployer.name}`);
        return [`${name}.${deployer.name}`];
      }),
    ),
  );
  return done.flat();
}

async function approveEverywhere(
  { definition, deployers }: Deployment,
  sequence: number,
  note: (text: string) => void,
): Promise<string[]> {
  const done = await Promise.all(
    deployers.map(async (deployer) => {
      const client = clientOf(deployer);
      const approval = await client.approved(definition.name, sequence);
      const isSame =
        approval !== undefined &&
        differences(definition, approval).length === 0 &&
        packageOf(approval) === deployer.package?.id;
      if (isSame) return [];
      await client.approve(definition, sequence, deployer.package?.id);
      note(`approved by ${deployer.name}`);
      return [deployer.name];
    }),
  );
  return done.flat();
}

function clientOf(deployer: Deployer | undefined): LifecycleClient {
  const first = deployer?.peers[0];
  if (first === undefined) throw new Error('an organisation that deploys has a peer');
  return first.client;
}
