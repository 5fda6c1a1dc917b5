import type { NeededSignatures, PreparedChange } from '../channel-update/index.js';

/** What a command is going to do, for people before it does it. */
export interface Plan {
  /** Sentences, in the order of the steps; none: everything is so already. */
  readonly changes: readonly string[];
  readonly signatures: readonly PlannedSignatures[];
  /** Names of processes that start again; the rest runs on. */
  readonly restarts: readonly string[];
}

/** Who has to sign for one channel. */
export interface PlannedSignatures {
  readonly channel: string;
  readonly needs: readonly NeededSignatures[];
  /** Names of organisations whose admins' keys are in this home and are going to be used. */
  readonly signers: readonly string[];
}

export function signaturesOf({ channel, needs, signers }: PreparedChange): PlannedSignatures {
  return { channel, needs, signers };
}
