import type { Plan } from './plan.js';

/** One change of a running network: what it would be, and the doing of it. */
export interface NetworkChange {
  /** Looks, and does nothing. */
  plan(): Promise<Plan>;
  /**
   * Does what is missing of it and nothing twice, so it may be cut short at any moment and run again.
   * @param note A sentence about each thing that was done; none: everything was so already.
   */
  carryOut(note: (text: string) => void): Promise<void>;
}
