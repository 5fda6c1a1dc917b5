import { statSync } from 'node:fs';
import { organisationPaths } from '../home/index.js';
import type { Organisation, Topology } from '../topology/index.js';
import { publishRevocations } from './publish-revocations.js';

const CHECK_MS = 500;

/** Publishes each organisation's revocation list whenever its file changes, whoever revoked: a command or the service. */
export class RevocationWatch {
  private readonly timer: NodeJS.Timeout;
  private readonly published = new Map<string, string>();
  private working: Promise<void> | undefined;

  /** @param failed Told what went wrong; it is tried again. */
  constructor(
    private readonly home: string,
    private readonly topology: Topology,
    private readonly failed: (organisation: string, error: unknown) => void,
  ) {
    this.timer = setInterval(() => {
      this.working ??= this.check().finally(() => (this.working = undefined));
    }, CHECK_MS);
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.working;
  }

  private async check(): Promise<void> {
    for (const organisation of this.topology.organisations) {
      const { name } = organisation;
      const seen = fingerprint(this.home, organisation);
      if (seen === this.published.get(name)) continue;
      try {
        await publishRevocations(this.home, this.topology, organisation);
        this.published.set(name, seen);
      } catch (error) {
        this.failed(name, error);
      }
    }
  }
}

function fingerprint(home: string, organisation: Organisation): string {
  const file = statSync(organisationPaths(home, organisation).revocationList, { throwIfNoEntry: false });
  return file === undefined ? 'none' : `${file.mtimeMs} ${file.size} ${file.ino}`;
}
