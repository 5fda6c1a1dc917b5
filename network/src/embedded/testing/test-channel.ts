import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { common } from '@hyperledger/fabric-protos';
import { headerHash, lastConfigOf } from '../blocks/index.js';
import type { ChannelOptions } from '../channel/index.js';
import { openChannel } from '../channel/open-channel.js';
import { writeBlock } from '../orderer/index.js';
import { nodeSigner, openMsps } from '../identity/index.js';
import type { ChannelLedger, CommittedBlock, NodeSigner, Orderer } from '../parts.js';
import { makeOrganisation, type TestOrganisation } from './certificates.js';
import { defineTestChaincode } from './test-definition.js';
import { makeTransaction, type TestTransactionOptions } from './transactions.js';
import { sent } from './envelopes.js';

const ORGANISATIONS = ['A', 'B', 'C', 'D'] as const;
export type OrganisationName = (typeof ORGANISATIONS)[number];

/** Four organisations, one orderer organisation, and a channel between them, with real certificates. */
export class TestChannel {
  readonly dir: string;
  readonly organisations: Readonly<Record<string, TestOrganisation>>;
  readonly clients: Readonly<Record<OrganisationName, NodeSigner>>;
  readonly peers: Readonly<Record<OrganisationName, NodeSigner>>;
  readonly options: ChannelOptions;
  ledger!: ChannelLedger;
  orderer!: Orderer;
  #isOpen = false;
  #commitBlock!: (block: common.Block) => Promise<CommittedBlock>;

  private constructor(fields: Pick<TestChannel, 'dir' | 'organisations' | 'clients' | 'peers' | 'options'>) {
    this.dir = fields.dir;
    this.organisations = fields.organisations;
    this.clients = fields.clients;
    this.peers = fields.peers;
    this.options = fields.options;
  }

  static async make(overrides: Partial<ChannelOptions> = {}): Promise<TestChannel> {
    const dir = await mkdtemp(join(tmpdir(), 'channel-'));
    const organisations: Record<string, TestOrganisation> = {};
    const clients: Record<string, NodeSigner> = {};
    const peers: Record<string, NodeSigner> = {};
    const signer = async (org: TestOrganisation, name: string, ou: string) =>
      nodeSigner({
        mspId: org.mspId,
        dir: (await org.issue(name, { ou: [ou] })).dir,
        endpoint: `${name}:1`,
      });
    for (const name of ORGANISATIONS) {
      const organisation = await makeOrganisation(dir, name);
      organisations[name] = organisation;
      clients[name] = await signer(organisation, 'client', 'client');
      peers[name] = await signer(organisation, 'peer', 'peer');
    }
    const orderer = await makeOrganisation(dir, 'Orderer');
    organisations.Orderer = orderer;
    const channel = new TestChannel({
      dir,
      organisations,
      clients: clients as Record<OrganisationName, NodeSigner>,
      peers: peers as Record<OrganisationName, NodeSigner>,
      options: {
        dir: join(dir, 'ledger'),
        channelId: 'care',
        genesis: {
          channelId: 'care',
          organisations: ORGANISATIONS.map((name) => ({
            name,
            mspId: name,
            dir: organisations[name]?.dir ?? '',
          })),
          orderer: { name: 'Orderer', mspId: 'Orderer', dir: orderer.dir, endpoints: ['localhost:7050'] },
          batch: { maxMessages: 10, maxBytes: 1_000_000, timeoutMs: 20 },
        },
        msps: openMsps(Object.values(organisations)),
        ordererSigner: await signer(orderer, 'orderer', 'orderer'),
        ...overrides,
      },
    });
    await channel.open();
    return channel;
  }

  /** Another ledger of the same organisations and channel; not open yet. */
  beside(name: string): TestChannel {
    return new TestChannel({ ...this, options: { ...this.options, dir: join(this.dir, name) } });
  }

  async open(): Promise<void> {
    const { ledger, orderer, commitBlock } = await openChannel(this.options);
    this.#isOpen = true;
    this.ledger = ledger;
    this.orderer = orderer;
    this.#commitBlock = commitBlock;
    const { A, B, C } = this.peers;
    await defineTestChaincode(ledger, orderer, this.clients.A, [A, B, C]);
  }

  /** Stops the channel; its data stays. */
  async stop(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.orderer.close();
    await this.ledger.close();
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** A transaction by A's client, endorsed by a majority unless said otherwise. */
  transaction(
    options: Omit<TestTransactionOptions, 'creator' | 'endorsers'> & Partial<TestTransactionOptions>,
  ) {
    return makeTransaction({
      creator: this.clients.A,
      endorsers: [this.peers.A, this.peers.B, this.peers.C],
      ...options,
    });
  }

  /** Orders the transactions, in this order, and waits for the block that has the last one. */
  async commit(...transactions: ReturnType<typeof makeTransaction>[]): Promise<CommittedBlock> {
    const last = transactions.at(-1)?.txId;
    const committed = new Promise<CommittedBlock>((resolve) => {
      const stop = this.ledger.onCommit((block) => {
        if (!block.transactions.some(({ txId }) => txId === last)) return;
        stop();
        resolve(block);
      });
    });
    for (const transaction of transactions) {
      this.#keepPrivate(transaction);
      await this.orderer.broadcast(sent(transaction.envelope));
    }
    return committed;
  }

  /** Puts the transactions into one block past the orderer's checks. Not while the orderer has work. */
  commitDirectly(...transactions: ReturnType<typeof makeTransaction>[]): Promise<CommittedBlock> {
    transactions.forEach((transaction) => {
      this.#keepPrivate(transaction);
    });
    return this.commitBytes(transactions.map(({ envelope }) => envelope.serializeBinary()));
  }

  async commitBytes(envelopes: Uint8Array[]): Promise<CommittedBlock> {
    const { height, begunFrom } = this.ledger;
    const previous = this.ledger.block(height - 1)?.block.getHeader();
    const previousHash = previous === undefined ? begunFrom?.lastBlockHash : headerHash(previous);
    if (previousHash === undefined) throw new Error('the channel has no block');
    return this.commitBlock(
      writeBlock({
        number: height,
        previousHash,
        envelopes,
        signer: this.options.ordererSigner,
        lastConfigBlock: lastConfigOf(this.ledger.configBlock),
      }),
    );
  }

  /** A block as the orderer would hand it over. Not while the orderer has work. */
  commitBlock(block: common.Block): Promise<CommittedBlock> {
    return this.#commitBlock(block);
  }

  #keepPrivate({ txId, privateSets }: ReturnType<typeof makeTransaction>): void {
    if (privateSets.getNsPvtRwsetList().length === 0) return;
    void this.ledger.transientStore.put(txId, privateSets, this.ledger.height);
  }
}
