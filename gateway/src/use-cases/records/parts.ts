import type { ExchangeClient } from '../../exchange/index.js';
import type { Ledger, ReadModel } from '../../ports.js';
import type { BatchLeaves, RecordStore } from '../../vault/index.js';

export interface RecordParts {
  /** Name of this organisation. */
  readonly organisation: string;
  /** What a patient signs names the channel it is for. */
  readonly channel: string;
  readonly ledger: Ledger;
  readonly readModel: ReadModel;
  readonly records: RecordStore;
  readonly batchLeaves: BatchLeaves;
  readonly exchange: ExchangeClient;
}
