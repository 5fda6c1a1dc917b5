import type { Deployer } from './deploy.js';
import { packageOf } from './lifecycle-client.js';

export interface ListedChaincode {
  readonly channel: string;
  readonly name: string;
  readonly version: string;
  readonly sequence: number;
  readonly initRequired: boolean;
  readonly collections: readonly string[];
  /** Names of the organisations that approved what is committed. */
  readonly approvedBy: readonly string[];
  /** What each of them runs; null: it dials in, or is not run. */
  readonly packages: readonly { readonly organisation: string; readonly packageId: string | null }[];
}

/** What is committed on a channel, in the order of the names. @throws DeploymentError (DEPLOYMENT_REFUSED). */
export async function listChaincodes(
  channel: string,
  deployers: readonly Deployer[],
): Promise<ListedChaincode[]> {
  const client = deployers[0]?.peers[0]?.client;
  if (client === undefined) return [];
  const definitions = await client.allCommitted();
  const listed = await Promise.all(
    definitions.map(async (definition): Promise<ListedChaincode> => {
      const name = definition.getName();
      const sequence = definition.getSequence();
      const approvals = (await client.committed(name))?.getApprovalsMap();
      const approvers = deployers.filter(({ mspId }) => approvals?.get(mspId) === true);
      const packages = await Promise.all(
        approvers.map(async ({ name: organisation, peers }) => {
          const approval = await peers[0]?.client.approved(name, sequence);
          const packageId = approval === undefined ? undefined : packageOf(approval);
          return { organisation, packageId: packageId ?? null };
        }),
      );
      const collections = definition.getCollections()?.getConfigList() ?? [];
      return {
        channel,
        name,
        version: definition.getVersion(),
        sequence,
        initRequired: definition.getInitRequired(),
        collections: collections.map((entry) => entry.getStaticCollectionConfig()?.getName() ?? ''),
        approvedBy: approvers.map(({ name: organisation }) => organisation),
        packages,
      };
    }),
  );
  return listed.sort((a, b) => (a.name < b.name ? -1 : 1));
}
