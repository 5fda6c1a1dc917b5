import type { ClientDuplexStream } from '@grpc/grpc-js';
import { common, gateway as protos, orderer } from '@hyperledger/fabric-protos';
import type { Contract } from '@hyperledger/fabric-gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeSigner } from '../identity/index.js';
import type { NodeSigner } from '../parts.js';
import { seekEnvelope, signedEnvelope } from '../testing/envelopes.js';
import { CHAINCODE, CHANNEL, TestNetwork, type Org } from '../testing/test-network.js';

const { Status } = common;

let network: TestNetwork;
let client: orderer.AtomicBroadcastClient;
let contract: Contract;
let signer: NodeSigner;

beforeAll(async () => {
  network = await TestNetwork.start({ channels: { pair: ['HospitalA', 'InsurerA'] } });
  client = new orderer.AtomicBroadcastClient(network.ordererEndpoint, network.tlsCredentials);
  contract = (await network.connect('HospitalA')).getNetwork(CHANNEL).getContract(CHAINCODE);
  signer = await signerOf('HospitalA', 'client');
});
afterAll(async () => {
  client.close();
  await network.stop();
});

async function signerOf(org: Org, ou: string): Promise<NodeSigner> {
  const { dir } = await network.organisations[org].issue(`${ou}-${org}`, { ou: [ou] });
  return nodeSigner({ mspId: org, dir, endpoint: '' });
}

/** Everything that comes on a stream until the other side ends it. */
async function answers<T>(
  stream: ClientDuplexStream<common.Envelope, T>,
  ...sent: common.Envelope[]
): Promise<T[]> {
  const received: T[] = [];
  return new Promise((resolve, reject) => {
    stream.on('data', (message: T) => received.push(message));
    stream.on('error', reject);
    stream.on('end', () => resolve(received));
    for (const envelope of sent) stream.write(envelope);
    stream.end();
  });
}

/** Endorsed, signed, and not submitted. */
async function transaction(key: string): Promise<{ envelope: common.Envelope; txId: string }> {
  const endorsed = await contract.newProposal('put', { arguments: [key, 'broadcast'] }).endorse();
  const prepared = protos.PreparedTransaction.deserializeBinary(endorsed.getBytes());
  const envelope = prepared.getEnvelope() ?? new common.Envelope();
  envelope.setSignature(signer.sign(envelope.getPayload_asU8()));
  return { envelope, txId: endorsed.getTransactionId() };
}

async function statuses(...sent: common.Envelope[]): Promise<(readonly [number, string])[]> {
  const responses = await answers(client.broadcast(), ...sent);
  return responses.map((response) => [response.getStatus(), response.getInfo()] as const);
}

describe('AtomicBroadcast on an orderer’s port', () => {
  it('takes signed transactions, one answer for each', async () => {
    // The creator signs the envelope, so the proposal has to be the same identity's.
    const identity = await network.organisations.HospitalA.issue('broadcaster');
    signer = nodeSigner({ mspId: 'HospitalA', dir: identity.dir, endpoint: '' });
    contract = (await network.connect('HospitalA', { identity })).getNetwork(CHANNEL).getContract(CHAINCODE);
    const one = await transaction('one');
    const two = await transaction('two');
    expect(await statuses(one.envelope, two.envelope)).toEqual([
      [Status.SUCCESS, ''],
      [Status.SUCCESS, ''],
    ]);
    await expect.poll(() => network.ledger().transaction(two.txId)?.code).toBe(0);
    expect(Buffer.from(await contract.evaluateTransaction('get', 'two')).toString()).toBe('broadcast');
  });

  it('refuses in Fabric’s words, and ends the stream with it', async () => {
    const { envelope } = await transaction('refused');
    const unsigned = envelope.clone() as common.Envelope;
    unsigned.setSignature(Buffer.from('forged'));
    expect(await statuses(unsigned, envelope)).toEqual([
      [
        Status.FORBIDDEN,
        expect.stringContaining("'Writers' sub-policies to be satisfied: permission denied"),
      ],
    ]);
    const elsewhere = signedEnvelope(signer, 'nowhere', common.HeaderType.MESSAGE, Buffer.from('x'));
    expect(await statuses(elsewhere)).toEqual([[Status.BAD_REQUEST, 'channel does not exist']]);
    const garbage = new common.Envelope();
    garbage.setPayload(Buffer.from('ffff', 'hex'));
    expect(await statuses(garbage)).toEqual([
      [Status.BAD_REQUEST, expect.stringContaining('could not determine channel ID')],
    ]);
    const update = signedEnvelope(signer, CHANNEL, common.HeaderType.CONFIG_UPDATE, Buffer.from('x'));
    expect(await statuses(update)).toEqual([
      [Status.BAD_REQUEST, expect.stringContaining('error converting envelope to config update')],
    ]);
  });

  it('delivers blocks as they were ordered: signed, without the peers’ verdicts', async () => {
    const responses = await answers(client.deliver(), seekEnvelope(signer, CHANNEL, 0, 1));
    expect(responses.map((response) => response.getBlock()?.getHeader()?.getNumber())).toEqual([
      0,
      1,
      undefined,
    ]);
    expect(responses.at(-1)?.getStatus()).toBe(Status.SUCCESS);
    const metadata = responses[1]?.getBlock()?.getMetadata()?.getMetadataList_asU8() ?? [];
    const { SIGNATURES, TRANSACTIONS_FILTER, COMMIT_HASH } = common.BlockMetadataIndex;
    expect(metadata[SIGNATURES]?.length).toBeGreaterThan(0);
    expect(metadata[TRANSACTIONS_FILTER]).toHaveLength(0);
    expect(metadata[COMMIT_HASH]).toHaveLength(0);
    // The peers' own copy keeps them.
    const kept = network.ledger().block(1)?.block.getMetadata()?.getMetadataList_asU8() ?? [];
    expect(kept[TRANSACTIONS_FILTER]?.length).toBeGreaterThan(0);
  });

  it('delivers to every member of the channel, peers included, and to nobody else', async () => {
    const statusFor = async (who: NodeSigner, channel: string) => {
      const [first] = await answers(client.deliver(), seekEnvelope(who, channel, 0, 0));
      return first?.hasBlock() ? 'block' : first?.getStatus();
    };
    expect(await statusFor(await signerOf('InsurerA', 'peer'), 'pair')).toBe('block');
    expect(await statusFor(await signerOf('LabA', 'client'), 'pair')).toBe(Status.FORBIDDEN);
    expect(await statusFor(signer, 'nowhere')).toBe(Status.NOT_FOUND);
  });
});
