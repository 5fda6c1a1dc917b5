import { isConsortium, type Topology } from '../topology/index.js';
import { writeConnectionProfile } from './connection-profile.js';
import { writeGatewayConfig } from './gateway-files.js';
import { ensureOrderers } from './orderer-material.js';
import { ensureOrganisation } from './organisation-material.js';

/**
 * Makes whatever certificates, keys, wallets, secrets and configurations the topology needs and the home folder
 * lacks; wallets, secrets and gateways' configurations for a consortium alone. What is there is kept, so it may be cut short at any moment and run again; each folder appears whole.
 * Files that only restate the topology (gateways' config.json, connection profiles) follow it.
 * @param onProgress a short sentence for people before each organisation
 */
export async function ensureCryptoMaterial(
  topology: Topology,
  home: string,
  onProgress: (text: string) => void = () => undefined,
): Promise<void> {
  onProgress('certificates of the orderers');
  await ensureOrderers(home, topology.orderers);
  for (const organisation of topology.organisations) {
    onProgress(`certificates of ${organisation.name}`);
    await ensureOrganisation(home, organisation);
  }
  for (const organisation of topology.organisations) writeConnectionProfile(home, topology, organisation);
  if (!isConsortium(topology)) return;
  for (const organisation of topology.organisations) writeGatewayConfig(home, topology, organisation);
}
