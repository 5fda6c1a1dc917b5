import { ledger, peer } from '@hyperledger/fabric-protos';
import googleTimestamp from 'google-protobuf/google/protobuf/timestamp_pb.js';
import type { HistoryEntry } from '../parts.js';
import type { StateCursor } from './runtime.js';

/** Results in one message to the chaincode, and in one query at most: Fabric's defaults. */
const BATCH_SIZE = 100;
export const TOTAL_LIMIT = 100_000;

/** A query whose results the chaincode takes batch by batch. Yields marshalled results. */
export interface ResultSource {
  next(): Uint8Array | undefined;
}

export function stateSource(chaincode: string, cursor: StateCursor): ResultSource {
  return {
    next() {
      const entry = cursor.next();
      if (entry === undefined) return undefined;
      const message = new ledger.queryresult.KV();
      message.setNamespace(chaincode);
      message.setKey(entry.key);
      message.setValue(entry.value);
      return message.serializeBinary();
    },
  };
}

export function historySource(entries: Iterator<HistoryEntry>): ResultSource {
  return {
    next() {
      const { value: entry, done } = entries.next();
      if (done === true) return undefined;
      const message = new ledger.queryresult.KeyModification();
      message.setTxId(entry.txId);
      message.setValue(entry.value);
      message.setIsDelete(entry.isDelete);
      message.setTimestamp(googleTimestamp.Timestamp.fromDate(entry.timestamp));
      return message.serializeBinary();
    },
  };
}

interface OpenQuery {
  readonly source: ResultSource;
  /** Pulled already, but not sent. */
  pending: Uint8Array[];
  returned: number;
}

/** The open queries of one transaction. */
export class Cursors {
  readonly #open = new Map<string, OpenQuery>();
  #count = 0;

  /** First batch of a query that the chaincode reads to its end. */
  start(source: ResultSource, limit: number): peer.QueryResponse {
    this.#count += 1;
    const id = String(this.#count);
    const query: OpenQuery = { source, pending: [], returned: 0 };
    this.#open.set(id, query);
    return this.#batch(id, query, Math.min(limit, TOTAL_LIMIT));
  }

  /** One page: at most `size` results, and the bookmark of the next page. */
  page(source: ResultSource, cursor: StateCursor, size: number): peer.QueryResponse {
    this.#count += 1;
    const limit = size > 0 ? Math.min(size, TOTAL_LIMIT) : TOTAL_LIMIT;
    const results: Uint8Array[] = [];
    while (results.length < limit) {
      const result = source.next();
      if (result === undefined) break;
      results.push(result);
    }
    const metadata = new peer.QueryResponseMetadata();
    metadata.setFetchedRecordsCount(results.length);
    metadata.setBookmark(cursor.bookmark());
    const response = queryResponse(String(this.#count), results, false);
    response.setMetadata(metadata.serializeBinary());
    return response;
  }

  next(id: string): peer.QueryResponse {
    const query = this.#open.get(id);
    if (query === undefined) throw new Error('query iterator not found');
    return this.#batch(id, query, TOTAL_LIMIT);
  }

  close(id: string): peer.QueryResponse {
    this.#open.delete(id);
    return queryResponse(id, [], false);
  }

  #batch(id: string, query: OpenQuery, limit: number): peer.QueryResponse {
    for (;;) {
      // A result is pulled before the batch is cut: the shim crashes on "more" followed by nothing.
      const result = query.returned >= limit ? undefined : query.source.next();
      if (result === undefined) {
        this.#open.delete(id);
        return queryResponse(id, query.pending, false);
      }
      query.returned += 1;
      if (query.pending.length === BATCH_SIZE) {
        const batch = query.pending;
        query.pending = [result];
        return queryResponse(id, batch, true);
      }
      query.pending.push(result);
    }
  }
}

function queryResponse(id: string, results: readonly Uint8Array[], hasMore: boolean): peer.QueryResponse {
  const response = new peer.QueryResponse();
  response.setResultsList(
    results.map((bytes) => {
      const result = new peer.QueryResultBytes();
      result.setResultbytes(bytes);
      return result;
    }),
  );
  response.setHasMore(hasMore);
  response.setId(id);
  return response;
}
