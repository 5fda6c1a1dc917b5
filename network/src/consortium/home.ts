import { join } from 'node:path';
import type { OrganisationEntry } from '../topology/index.js';

/** Where things lie in a home folder; the paths are the agreement between all commands. */
export class Home {
  /** @param folder absolute path. */
  constructor(readonly folder: string) {}

  get topologyFile(): string {
    return join(this.folder, 'topology.yaml');
  }
  get stateFile(): string {
    return join(this.folder, 'run', 'state.json');
  }
  get lockFile(): string {
    return join(this.folder, 'run', 'lock');
  }
  get logFolder(): string {
    return join(this.folder, 'logs');
  }
  get foundingFile(): string {
    return join(this.folder, 'ledger', 'founding.json');
  }

  organisation({ domain }: Pick<OrganisationEntry, 'domain'>): string {
    return join(this.folder, 'organizations', 'peerOrganizations', domain);
  }
  user(organisation: Pick<OrganisationEntry, 'domain'>, name: string): string {
    return join(this.organisation(organisation), 'users', `${name}@${organisation.domain}`);
  }
  users(organisation: Pick<OrganisationEntry, 'domain'>): string {
    return join(this.organisation(organisation), 'users');
  }
  /** Certificate of the CA that issues all TLS certificates of the organisation. */
  tlsCaFile(organisation: Pick<OrganisationEntry, 'domain'>): string {
    return join(this.organisation(organisation), 'tlsca', `tlsca.${organisation.domain}-cert.pem`);
  }
  gatewayConfig({ name }: Pick<OrganisationEntry, 'name'>): string {
    return join(this.folder, 'gateways', name, 'config.json');
  }
  gatewaySecrets({ name }: Pick<OrganisationEntry, 'name'>): string {
    return join(this.folder, 'gateways', name, 'secrets.json');
  }
}
