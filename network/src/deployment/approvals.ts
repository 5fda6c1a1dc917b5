import { differences, type DefinitionToDeploy } from './definition.js';
import type { Deployer } from './deploy.js';
import { packageOf } from './lifecycle-client.js';

/** What one organisation has approved of a chaincode. */
export interface Approval {
  readonly organisation: string;
  /** Undefined: nothing for that sequence. */
  readonly version?: string | undefined;
  /** Undefined: its peers do not run it, or it dials in. */
  readonly packageId?: string | undefined;
  /** What of it is not as proposed: `version`, `policy`, `collections` …; empty: it is the same. */
  readonly differs: readonly string[];
}

/** Who has approved what for a sequence, in the order of the organisations; each is asked at its own peer. */
export function whoApproved(
  definition: DefinitionToDeploy,
  sequence: number,
  deployers: readonly Deployer[],
): Promise<Approval[]> {
  return Promise.all(
    deployers.map(async ({ name: organisation, peers: [first] }) => {
      const approval = await first?.client.approved(definition.name, sequence);
      if (approval === undefined) return { organisation, differs: [] };
      return {
        organisation,
        version: approval.getVersion(),
        packageId: packageOf(approval),
        differs: differences(definition, approval),
      };
    }),
  );
}
