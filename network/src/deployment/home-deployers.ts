import { openAdminGateway, type AdminGateway } from '../admin-gateway.js';
import type { Organisation } from '../topology/index.js';
import type { ChaincodePackage, Deployer } from './deploy.js';
import { LifecycleClient } from './lifecycle-client.js';

/** Installing is a question too, with the whole package in it. */
const EVALUATE_MS = 15_000;

/** Deployers with the connections behind them. */
export interface HomeDeployers {
  readonly deployers: readonly Deployer[];
  close(): void;
}

/**
 * The organisations of a home folder, each by its admin, at each of its peers.
 * @param packageFor What an organisation runs.
 */
export function homeDeployers(
  home: string,
  channel: string,
  organisations: readonly Organisation[],
  packageFor: (organisation: Organisation) => ChaincodePackage | undefined = () => undefined,
): HomeDeployers {
  const open: AdminGateway[] = [];
  const deployers = organisations.map((organisation) => ({
    name: organisation.name,
    mspId: organisation.mspId,
    package: packageFor(organisation),
    peers: organisation.peers.map((peer) => {
      const admin = openAdminGateway(home, organisation, peer, EVALUATE_MS);
      open.push(admin);
      const network = admin.gateway.getNetwork(channel);
      return { name: peer.name, client: new LifecycleClient(network, organisation.mspId) };
    }),
  }));
  return {
    deployers,
    close() {
      for (const admin of open) admin.close();
    },
  };
}
