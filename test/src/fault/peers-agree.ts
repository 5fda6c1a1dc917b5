import { common } from '@hyperledger/fabric-protos';
import { height, onChannel, type Consortium } from '../consortium/index.js';
import type { AnchoredBatch } from './batch-load.js';

const VALID = 0;
const AGREE_MS = 120_000;
const ANCHOR = 'record:anchorBatch';

interface SeenBlock {
  readonly number: number;
  /** Header with both hashes, and the verdicts: what has to be the same everywhere. */
  readonly fingerprint: string;
  readonly transactions: readonly { readonly id: string; readonly code: number; readonly batch?: string }[];
}

/** What all peers say of the ledger, block by block; each block is asked for once. */
export class PeersAgree {
  readonly #consortium: Consortium;
  readonly #codes = new Map<string, number>();
  /** How often a valid transaction anchors a batch. */
  readonly #anchors = new Map<string, number>();
  #next = 0;

  constructor(consortium: Consortium) {
    this.#consortium = consortium;
  }

  /**
   * Waits until all peers have the same height, and compares.
   * @param anchored all that was ever acknowledged; nothing may be under way
   * @returns the number of blocks.
   * @throws Error naming what differs, is lost, there twice, or there though nobody was told.
   */
  async check(anchored: readonly AnchoredBatch[]): Promise<number> {
    const organisations = this.#consortium.topology.organisations.map(({ name }) => name);
    const count = await this.#commonHeight(organisations, anchored.at(-1)?.block ?? 0);
    const [first = [], ...others] = await Promise.all(
      organisations.map((organisation) => blocksOf(this.#consortium, organisation, this.#next, count)),
    );
    for (const [place, block] of first.entries()) {
      for (const [index, other] of others.entries()) {
        if (other[place]?.fingerprint !== block.fingerprint) {
          const two = `${String(organisations[0])} and ${String(organisations[index + 1])}`;
          throw new Error(`${two} have different blocks ${String(block.number)}`);
        }
      }
      for (const { id, code, batch } of block.transactions) this.#note(id, code, batch);
    }
    this.#next = count;
    this.#compare(anchored);
    return count;
  }

  #note(id: string, code: number, batch: string | undefined): void {
    // Of a second transaction with an id that is used the ledger says that it is a duplicate: the first one counts.
    if (!this.#codes.has(id)) this.#codes.set(id, code);
    if (batch !== undefined && code === VALID) this.#anchors.set(batch, (this.#anchors.get(batch) ?? 0) + 1);
  }

  #compare(anchored: readonly AnchoredBatch[]): void {
    for (const { batch, transaction } of anchored) {
      const code = this.#codes.get(transaction);
      if (code !== VALID)
        throw new Error(`${transaction} was acknowledged, and is ${String(code ?? 'lost')}`);
      const times = this.#anchors.get(batch);
      if (times !== 1) throw new Error(`batch ${batch} is there ${String(times ?? 0)} times`);
    }
    if (this.#anchors.size !== anchored.length) {
      throw new Error(`${String(this.#anchors.size)} are anchored, ${String(anchored.length)} acknowledged`);
    }
  }

  async #commonHeight(organisations: readonly string[], last: number): Promise<number> {
    const until = Date.now() + AGREE_MS;
    for (;;) {
      const heights = await Promise.all(
        organisations.map((organisation) =>
          height(this.#consortium, { organisation, user: 'Admin' }).catch(() => 0),
        ),
      );
      const [first = 0] = heights;
      if (first > last && heights.every((one) => one === first)) return first;
      if (Date.now() > until) throw new Error(`the peers' heights stay ${heights.join(', ')}`);
      await new Promise((resume) => setTimeout(resume, 250));
    }
  }
}

async function blocksOf(
  consortium: Consortium,
  organisation: string,
  from: number,
  count: number,
): Promise<SeenBlock[]> {
  if (from >= count) return [];
  return onChannel(consortium, { organisation, user: 'Admin' }, async (network) => {
    const events = await network.getBlockEvents({ startBlock: BigInt(from) });
    const seen: SeenBlock[] = [];
    try {
      for await (const block of events) {
        seen.push(seenBlock(block));
        if (seen.length === count - from) break;
      }
    } finally {
      events.close();
    }
    return seen;
  });
}

function seenBlock(block: common.Block): SeenBlock {
  const header = Buffer.from(block.getHeader()?.serializeBinary() ?? []).toString('hex');
  const filter = common.BlockMetadataIndex.TRANSACTIONS_FILTER;
  const codes = Buffer.from(block.getMetadata()?.getMetadataList_asU8()[filter] ?? []);
  return {
    number: block.getHeader()?.getNumber() ?? 0,
    fingerprint: `${header} ${codes.toString('hex')}`,
    transactions: (block.getData()?.getDataList_asU8() ?? []).map((bytes, index) => ({
      code: codes[index] ?? -1,
      ...transactionOf(bytes),
    })),
  };
}

function transactionOf(bytes: Uint8Array): { id: string; batch?: string } {
  const payload = common.Payload.deserializeBinary(
    common.Envelope.deserializeBinary(bytes).getPayload_asU8(),
  );
  const header = common.ChannelHeader.deserializeBinary(
    payload.getHeader()?.getChannelHeader_asU8() ?? new Uint8Array(),
  );
  const text = Buffer.from(payload.getData_asU8()).toString('latin1');
  // The arguments stand in the envelope as they were sent.
  const batch = text.includes(ANCHOR) ? /"id":"([0-9a-f]{32})"/.exec(text)?.[1] : undefined;
  return { id: header.getTxId(), ...(batch === undefined ? {} : { batch }) };
}
