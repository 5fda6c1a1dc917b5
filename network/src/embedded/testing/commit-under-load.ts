import { writeSync } from 'node:fs';
import { openChannelLedger } from '../channel/index.js';
import { nodeSigner, openMsps } from '../identity/index.js';
import type { Height, NodeSigner } from '../parts.js';
import { defineTestChaincode } from './test-definition.js';
import { makeTransaction } from './transactions.js';
import { sent } from './envelopes.js';

/**
 * Program for the durability test: commits transactions as fast as it can and prints `txId code` for each one whose
 * commit it was told of, until it is killed. Its one argument is JSON: LoadConfig.
 */
export interface LoadConfig {
  readonly dir: string;
  readonly msps: readonly { mspId: string; dir: string }[];
  readonly orderer: { mspId: string; dir: string };
  readonly client: { mspId: string; dir: string };
  readonly peers: readonly { mspId: string; dir: string }[];
}

const IN_FLIGHT = 16;

const config = JSON.parse(process.argv[2] ?? '') as LoadConfig;
const signerOf = (entry: { mspId: string; dir: string }): NodeSigner =>
  nodeSigner({ ...entry, endpoint: '' });
const client = signerOf(config.client);
const peers = config.peers.map(signerOf);
const { ledger, orderer } = await openChannelLedger({
  dir: config.dir,
  channelId: 'care',
  genesis: {
    channelId: 'care',
    organisations: config.msps.map((entry) => ({ name: entry.mspId, ...entry })),
    orderer: { name: 'Orderer', mspId: 'Orderer', dir: config.msps.at(-1)?.dir ?? '', endpoints: [] },
    batch: { maxMessages: 8, maxBytes: 1_000_000, timeoutMs: 5 },
  },
  msps: openMsps(config.msps),
  ordererSigner: signerOf(config.orderer),
});

await defineTestChaincode(ledger, orderer, client, peers);

function versionOf(key: string): Height | undefined {
  const snapshot = ledger.snapshot();
  try {
    return snapshot.get('cc', key)?.version;
  } finally {
    snapshot.close();
  }
}

let counter = ledger.height * 1_000;
async function submit(): Promise<void> {
  counter += 1;
  const number = counter;
  const transaction = makeTransaction({
    creator: client,
    endorsers: peers,
    sets: [
      {
        // Every fifth reads and writes one hot key, so that some conflict.
        reads: number % 5 === 0 ? { hot: versionOf('hot') } : {},
        writes: {
          [`key${String(number)}`]: String(number),
          ...(number % 5 === 0 ? { hot: String(number) } : {}),
        },
        private: {
          plain: { writes: { [`private${String(number % 50)}`]: `secret ${String(number)}` } },
          short: { writes: { [`short${String(number)}`]: 'fleeting' } },
        },
      },
    ],
  });
  await ledger.transientStore.put(transaction.txId, transaction.privateSets, ledger.height);
  await orderer.broadcast(sent(transaction.envelope));
}

ledger.onCommit((block) => {
  writeSync(1, block.transactions.map(({ txId, code }) => `${txId} ${String(code)}\n`).join(''));
  for (let i = 0; i < block.transactions.length; i += 1) void submit();
});
for (let i = 0; i < IN_FLIGHT; i += 1) await submit();
