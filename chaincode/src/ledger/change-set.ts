import type { ChaincodeStub } from 'fabric-shim-api';
import { EVENT_NAME, canonicalJson, type Change, type ChangeSet, type FunctionName } from '../api/index.js';

/** Collects what a transaction changed; Fabric keeps only the last event, so all goes into one. */
export class Changes {
  private readonly list: Change[] = [];

  /** Adds an entry: ids, status and version alone, nothing personal. */
  add(change: Change): void {
    this.list.push(change);
  }

  /** Sets the transaction's one event. Called once, after the function has done its work. */
  emit(stub: ChaincodeStub, name: FunctionName): void {
    const payload: ChangeSet = { function: name, changes: this.list };
    stub.setEvent(EVENT_NAME, Buffer.from(canonicalJson(payload)));
  }
}
