import type { EngineName } from '../consortium/index.js';
import type { Topology } from '../topology/index.js';

/** The running network that is changed. */
export interface Running<T extends Topology = Topology> {
  readonly home: string;
  readonly engine: EngineName;
  /** As it is in force now. */
  readonly topology: T;
}
