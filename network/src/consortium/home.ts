import { join } from 'node:path';
import type { OrganisationPaths } from '../home/index.js';
import { organisationPaths, topologyFile } from '../home/index.js';
import type { OrganisationEntry } from '../topology/index.js';

/** A home folder as the commands see it: what runs there, and through `paths` everybody's keys and settings. */
export class Home {
  /** @param folder absolute path. */
  constructor(readonly folder: string) {}

  get topologyFile(): string {
    return topologyFile(this.folder);
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

  paths(organisation: Pick<OrganisationEntry, 'name' | 'domain'>): OrganisationPaths {
    return organisationPaths(this.folder, organisation);
  }
}
