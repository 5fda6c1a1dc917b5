import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { common, peer } from '@hyperledger/fabric-protos';
import type { Contract, Gateway, GatewayError, Network, Proposal, Status } from '@hyperledger/fabric-gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headerHash } from '../blocks/index.js';
import { restoreSnapshot, takeSnapshot } from '../snapshot/index.js';
import type { TestIdentity } from '../testing/certificates.js';
import { CHAINCODE, CHANNEL, TestNetwork } from '../testing/test-network.js';

let network: TestNetwork;
let identity: TestIdentity;
let gateway: Gateway;
let channel: Network;
let contract: Contract;
/** The last block of the snapshot, its header's hash, and a transaction in it. */
let last: number;
let lastHash: Buffer;
let previousHash: Buffer;
let before: Status;
let proposed: Proposal;
let sent: Uint8Array;

beforeAll(async () => {
  network = await TestNetwork.start();
  identity = await network.organisations.HospitalA.issue('user');
  await connect();
  await contract.submitTransaction('put', 'kept', 'one');
  await contract.submit('putPrivate', { arguments: ['care', 'private'], transientData: { value: 'secret' } });
  proposed = contract.newProposal('event', { arguments: ['kept', 'happened', 'two'] });
  const transaction = await proposed.endorse();
  sent = transaction.getBytes();
  before = await (await transaction.submit()).getStatus();
  const { height } = network.ledger();
  last = height - 1;
  const header = network.ledger().block(last)?.block.getHeader();
  if (header === undefined) throw new Error('the newest block has no header');
  lastHash = headerHash(header);
  previousHash = Buffer.from(header.getPreviousHash_asU8());
  await network.restart(async (options) => {
    const out = join(network.dir, 'snapshot');
    await takeSnapshot({ ...options, signer: options.ordererSigner }, () => out);
    rmSync(options.dir, { recursive: true });
    restoreSnapshot(out, options);
  });
  await connect();
});
afterAll(async () => {
  await network.stop();
});

async function connect(): Promise<void> {
  gateway = await network.connect('HospitalA', { identity });
  channel = gateway.getNetwork(CHANNEL);
  contract = channel.getContract(CHAINCODE);
}

const qscc = (name: string, ...args: (string | Uint8Array)[]): Promise<Uint8Array> =>
  channel.getContract('qscc').evaluateTransaction(name, CHANNEL, ...args);
const refused = (call: Promise<unknown>): Promise<GatewayError> =>
  call.then(
    () => expect.fail('was not refused'),
    (error: unknown) => error as GatewayError,
  );
const read = async (...call: [string, ...string[]]): Promise<string> =>
  Buffer.from(await contract.evaluateTransaction(...call)).toString();

/** What a stream gives first. @throws what ends it. */
async function first<T>(events: AsyncIterable<T> & { close(): void }): Promise<T> {
  try {
    for await (const event of events) return event;
    throw new Error('the stream ended');
  } finally {
    events.close();
  }
}

const lacks = (number: number): string =>
  `cannot serve block [${String(number)}]. The ledger is bootstrapped from a snapshot. ` +
  `First available block = [${String(last + 1)}]`;

// One after the other: the first ones want a ledger that has no block of its own yet.
describe('a peer whose ledger was begun from a snapshot', () => {
  it('tells of the chain what the snapshot says', async () => {
    const info = common.BlockchainInfo.deserializeBinary(await qscc('GetChainInfo'));
    expect(info.getHeight()).toBe(last + 1);
    expect(info.getBootstrappingsnapshotinfo()?.getLastblockinsnapshot()).toBe(last);
    expect(Buffer.from(info.getCurrentblockhash_asU8())).toEqual(lastHash);
    expect(Buffer.from(info.getPreviousblockhash_asU8())).toEqual(previousHash);
  });

  it('waits for its first block, which follows the snapshot’s last', async () => {
    const newest = first(await channel.getBlockEvents({ startBlock: BigInt(last + 1) }));
    await contract.submitTransaction('put', 'own', 'first');
    const header = (await newest).getHeader();
    expect(header?.getNumber()).toBe(last + 1);
    expect(Buffer.from(header?.getPreviousHash_asU8() ?? [])).toEqual(lastHash);
  });

  it('has the values, private ones too, and no history from before', async () => {
    expect(await read('get', 'kept')).toBe('two');
    expect(await read('getPrivate', 'care', 'private')).toBe('secret');
    await contract.submitTransaction('put', 'kept', 'three');
    const history = JSON.parse(await read('history', 'kept')) as string[];
    expect(history.map((entry) => entry.replace(/^[0-9a-f]{64}:/, ''))).toEqual(['three']);
  });

  it.each([
    ['blocks', (startBlock: bigint) => channel.getBlockEvents({ startBlock })],
    ['filtered blocks', (startBlock: bigint) => channel.getFilteredBlockEvents({ startBlock })],
    [
      'blocks with private data',
      (startBlock: bigint) => channel.getBlockAndPrivateDataEvents({ startBlock }),
    ],
  ])('does not deliver %s from before: NOT_FOUND', async (_what, events) => {
    const status = String(common.Status.NOT_FOUND);
    for (const start of [0, last]) {
      const error = await refused(events(BigInt(start)).then((stream) => first<unknown>(stream)));
      expect(error.message).toContain(status);
    }
    await first<unknown>(await events(BigInt(last + 1)));
  });

  it('ends chaincode events from before: ABORTED', async () => {
    const events = await channel.getChaincodeEvents(CHAINCODE, { startBlock: before.blockNumber });
    expect(await refused(first(events))).toMatchObject({
      code: 10,
      cause: { details: lacks(Number(before.blockNumber)) },
    });
  });

  it('answers qscc for what came before in Fabric’s words', async () => {
    const told = async (name: string, argument: string | Uint8Array): Promise<string> =>
      (await refused(qscc(name, argument))).details[0]?.message ?? '';
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
    const unavailable =
      `details for the TXID [${before.transactionId}] not available. Ledger bootstrapped from a snapshot. ` +
      `First available block = [${String(last + 1)}]`;
    expect(await told('GetBlockByNumber', '0')).toBe(
      `chaincode response 500, Failed to get block number 0, error ${lacks(0)}`,
    );
    expect(await told('GetBlockByHash', lastHash)).toBe(
      `chaincode response 500, Failed to get block hash ${text(lastHash)}, ` +
        `error no such block hash [${lastHash.toString('hex')}] in index`,
    );
    expect(await told('GetBlockByTxID', before.transactionId)).toBe(
      `chaincode response 500, Failed to get block for txID ${before.transactionId}, error ${unavailable}`,
    );
    expect(await told('GetTransactionByID', before.transactionId)).toBe(
      `chaincode response 500, Failed to get transaction with id ${before.transactionId}, error ${unavailable}`,
    );
    expect(await told('GetTransactionByID', 'ab'.repeat(32))).toContain('no such transaction ID [abab');
  });

  it('serves its own blocks and the configuration', async () => {
    const block = common.Block.deserializeBinary(await qscc('GetBlockByNumber', String(last + 1)));
    expect(block.getHeader()?.getNumber()).toBe(last + 1);
    const config = await channel.getContract('cscc').evaluateTransaction('GetConfigBlock', CHANNEL);
    expect(common.Block.deserializeBinary(config).getHeader()?.getNumber()).toBe(0);
  });

  it('knows the transactions from before: one that is sent again is a duplicate', async () => {
    const block = network.nextBlock();
    // Endorsed once more: nothing here tells that it was on the ledger.
    await proposed.endorse();
    const submitted = await gateway.newTransaction(sent).submit();
    expect((await block).transactions.map(({ code }) => code)).toEqual([
      peer.TxValidationCode.DUPLICATE_TXID,
    ]);
    expect(await submitted.getStatus()).toMatchObject({
      code: peer.TxValidationCode.VALID,
      blockNumber: before.blockNumber,
    });
  });
});
