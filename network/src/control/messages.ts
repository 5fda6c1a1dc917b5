import { z } from 'zod';

/** One peer of the running ledger. */
export const PeerReport = z.object({
  /** `peer0.hospital-a`. */
  name: z.string(),
  mspId: z.string(),
  endpoint: z.string(),
  running: z.boolean(),
  /** Those that it has joined. */
  channels: z.array(z.string()),
});
export type PeerReport = z.infer<typeof PeerReport>;

export const PeerList = z.object({ peers: z.array(PeerReport) });

/** What `stop` and `start` answer. */
export const PeerChange = z.object({
  peer: PeerReport,
  /** False where it was so already. */
  changed: z.boolean(),
});
export type PeerChange = z.infer<typeof PeerChange>;

export const Refusal = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });

/** What the ledger process can be told while it runs. */
export interface PeerControl {
  list(): PeerReport[];
  /** @throws CodedError PEER_UNKNOWN. */
  stop(name: string): Promise<PeerChange>;
  /** @throws CodedError PEER_UNKNOWN; PORT_TAKEN where something else listens there by now. */
  start(name: string): Promise<PeerChange>;
}

/** What the supervisor can be told while it runs. */
export interface ProcessControl {
  /**
   * Stops a process and starts it again, with its configuration and its files read anew; resolves when it serves.
   * @throws CodedError NO_SUCH_PROCESS; RESTART_FAILED where it does not come back: it is then stopped.
   */
  restart(name: string): Promise<void>;
  /**
   * Brings what runs to what the home's topology says by now; resolves when that is done.
   * @returns a sentence about each thing that was done.
   * @throws CodedError of the step that failed; the next call goes on.
   */
  follow(): Promise<readonly string[]>;
  /**
   * Stops a process as long as `meanwhile` takes, and starts it again whatever comes of that.
   * @throws as `restart`
   */
  hold(name: string, meanwhile: () => Promise<void>): Promise<void>;
}
