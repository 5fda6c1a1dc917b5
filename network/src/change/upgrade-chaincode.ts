import {
  approvedPackage,
  changedDefinition,
  definitionBefore,
  deploy,
  differences,
  homeDeployers,
  whoApproved,
  type Approval,
  type ChaincodePackage,
  type DefinitionChange,
  type HomeDeployers,
} from '../deployment/index.js';
import type { Organisation } from '../topology/index.js';
import type { NetworkChange } from './network-change.js';
import type { Plan } from './plan.js';
import type { Running } from './running.js';

/** Which chaincode is to be another, and how. */
export interface ChaincodeUpgrade {
  readonly channel: string;
  readonly name: string;
  /** What is to be another, or the sequence to go back to. */
  readonly to: DefinitionChange | number;
  /** What runs it from now on; undefined: what each organisation has run. */
  readonly package?: ChaincodePackage | undefined;
  /** Who approves now: those whose keys are here and who agree. */
  readonly approving: readonly Organisation[];
  /** All members of the channel. */
  readonly members: readonly Organisation[];
}

/** Any chaincode in another definition: approved by some, committed once enough have approved the same. */
export class UpgradeChaincode implements NetworkChange {
  constructor(
    private readonly running: Running,
    private readonly upgrade: ChaincodeUpgrade,
  ) {}

  async plan(): Promise<Plan> {
    const { name, approving } = this.upgrade;
    return this.with(async ({ next, sequence, connections }) => {
      const { definition } = next;
      const [first] = connections.deployers;
      const isSame = first !== undefined && (await this.isCommitted(first, definition, next.sequence));
      if (isSame) return { changes: [], signatures: [], restarts: [] };
      const collections = definition.collections
        .getConfigList()
        .map((entry) => entry.getStaticCollectionConfig()?.getName());
      return {
        changes: [
          `${name} ${definition.version} is approved by ${approving.map((one) => one.name).join(', ')} at sequence ${sequence}`,
          `and committed, with the collections: ${collections.join(', ') || 'none'}`,
        ],
        signatures: [],
        restarts: [],
      };
    });
  }

  async carryOut(note: (text: string) => void): Promise<void> {
    const { approving } = this.upgrade;
    await this.with(async ({ next, connections }) => {
      const { deployers } = connections;
      const chosen = deployers.filter(({ name }) => approving.some((one) => one.name === name));
      await deploy({ definition: next.definition, deployers: chosen }, note);
    });
  }

  /** Who has approved what of it so far. */
  approvals(): Promise<Approval[]> {
    return this.with(({ next, sequence, connections }) =>
      whoApproved(next.definition, sequence, connections.deployers),
    );
  }

  private async with<T>(
    use: (found: {
      next: Awaited<ReturnType<typeof changedDefinition>>;
      sequence: number;
      connections: HomeDeployers;
    }) => Promise<T>,
  ): Promise<T> {
    const { home } = this.running;
    const { channel, members, name, to } = this.upgrade;
    const bare = homeDeployers(home, channel, members);
    const packages = new Map<string, ChaincodePackage | undefined>();
    try {
      const client = bare.deployers[0]?.peers[0]?.client;
      if (client === undefined) throw new Error(`${channel} has no peers`);
      const next =
        typeof to === 'number'
          ? await definitionBefore(client, name, to)
          : await changedDefinition(client, name, to);
      const source = typeof to === 'number' ? to : next.sequence;
      for (const deployer of bare.deployers) {
        packages.set(deployer.name, this.upgrade.package ?? (await approvedPackage(deployer, name, source)));
      }
      const deployers = bare.deployers.map((one) => ({ ...one, package: packages.get(one.name) }));
      return await use({ next, sequence: next.sequence + 1, connections: { ...bare, deployers } });
    } finally {
      bare.close();
    }
  }

  private async isCommitted(
    { peers: [first] }: HomeDeployers['deployers'][number],
    definition: Parameters<typeof deploy>[0]['definition'],
    sequence: number,
  ): Promise<boolean> {
    const committed = await first?.client.committed(definition.name);
    return (
      committed !== undefined &&
      committed.getSequence() === sequence &&
      differences(definition, committed).length === 0
    );
  }
}
