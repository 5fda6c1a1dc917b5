import type { Contract, Network } from '@hyperledger/fabric-gateway';
import { common } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { evaluate, newKey, submit } from '../harness/calls.js';
import { channelOf, network, org1, org2, org3, signAs } from '../harness/clients.js';
import { deliverOne } from '../harness/deliver.js';
import { rawSubmit } from '../harness/raw-calls.js';
import { refusal } from '../harness/refusals.js';
import { SINGLE } from '../harness/standing-chaincodes.js';
import { takeUntil } from '../harness/streams.js';
import { preparedEnvelope } from '../harness/transactions.js';

const { main, second } = network.channels;
const { client } = org1.identities;
const single = (channel: string, identity = client): Contract =>
  channelOf(identity, channel).getContract(SINGLE);

/** What a stream of the chaincode's events brings up to the one of that name. */
async function eventsUntil(channel: Network, name: string, startBlock: bigint): Promise<string[]> {
  const events = await channel.getChaincodeEvents(SINGLE, { startBlock });
  return (await takeUntil(events, ({ eventName }) => eventName === name)).map(({ eventName }) => eventName);
}

describe('two channels', () => {
  it('take transactions of one client side by side, each with blocks and state of its own', async () => {
    const keys = Array.from({ length: 20 }, () => newKey());
    const all = await Promise.all(
      keys.flatMap((key) => [main, second].map((channel) => submit(single(channel), 'put', key, channel))),
    );
    expect(new Set(all.map(({ code }) => code))).toEqual(new Set(['VALID']));
    for (const key of keys.slice(0, 3)) {
      for (const channel of [main, second]) expect(await evaluate(single(channel), 'get', key)).toBe(channel);
    }
  });

  it('do not conflict over keys of the same name', async () => {
    const key = newKey();
    const [one, two] = [single(main), single(second)];
    const call = { arguments: [key] };
    const [first, other] = await Promise.all([
      one.newProposal('increment', call).endorse(),
      two.newProposal('increment', call).endorse(),
    ]);
    const statuses = [await (await first.submit()).getStatus(), await (await other.submit()).getStatus()];
    expect(statuses.map(({ successful }) => successful)).toEqual([true, true]);
  });

  it('each deliver their own blocks, under numbers of their own', async () => {
    const { txId, block } = await submit(single(second), 'put', newKey(), '1');
    const number = Number(block);
    const { blocks } = await deliverOne({ start: number, stop: number, channel: second });
    const bytes = Buffer.from(blocks[0]?.serializeBinary() ?? []);
    expect(bytes.includes(txId)).toBe(true);
    expect(bytes.includes(main)).toBe(false);
    const ofMain = await channelOf(client).getContract('qscc').evaluateTransaction('GetChainInfo', main);
    const ofSecond = await channelOf(client, second)
      .getContract('qscc')
      .evaluateTransaction('GetChainInfo', second);
    expect(Buffer.from(ofMain)).not.toEqual(Buffer.from(ofSecond));
  });

  it('each tell of their own events', async () => {
    const [onMain, onSecond] = [newKey('event'), newKey('event')];
    const first = await submit(single(main), 'event', onMain, '');
    const other = await submit(single(second), 'event', onSecond, '');
    expect(await eventsUntil(channelOf(client, main), onMain, first.block)).not.toContain(onSecond);
    expect(await eventsUntil(channelOf(client, second), onSecond, other.block)).not.toContain(onMain);
  });

  it('do not know each other’s transactions', async () => {
    const { txId } = await submit(single(main), 'put', newKey(), '1');
    const there = channelOf(client, second).getContract('qscc');
    const { message } = await refusal(there.evaluateTransaction('GetTransactionByID', second, txId));
    expect(message).toContain(`no such transaction ID [${txId}] in index`);
  });

  it('take what was endorsed for one on that one alone, wherever a client submits it', async () => {
    const key = newKey();
    const transaction = await single(main)
      .newProposal('put', { arguments: [key, '1'] })
      .endorse();
    const envelope = preparedEnvelope(transaction);
    envelope.setSignature(await signAs(client, envelope.getPayload_asU8()));
    await rawSubmit(second, envelope);
    await expect.poll(() => evaluate(single(main), 'get', key)).toBe('1');
    expect(await evaluate(single(second), 'get', key)).toBe('');
    envelope.setPayload(withChannel(envelope, 'nowhere'));
    envelope.setSignature(await signAs(client, envelope.getPayload_asU8()));
    expect(await refusal(rawSubmit(second, envelope))).toMatchObject({
      status: 'ABORTED',
      message: 'received unsuccessful response from orderer: status=BAD_REQUEST, info=channel does not exist',
    });
  });

  it('are closed to who is a member of the other alone', async () => {
    const outsider = org3.identities.client;
    const refused = await refusal(single(second, outsider).evaluateTransaction('get', newKey()));
    expect(refused.status).toBe('UNAVAILABLE');
    expect(refused.message).toBe(
      `failed to get config for channel [${second}]: could not get last config for channel ${second}`,
    );
    expect((await deliverOne({ start: 0, stop: 0, channel: second, identity: outsider })).status).toBe(
      'FORBIDDEN',
    );
    const member = org2.identities.client;
    expect((await deliverOne({ start: 0, stop: 0, channel: second, identity: member })).status).toBe(
      'SUCCESS',
    );
  });
});

/** The envelope's payload under another channel's name. */
function withChannel(envelope: common.Envelope, channel: string): Uint8Array {
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
  const header = payload.getHeader();
  const channelHeader = common.ChannelHeader.deserializeBinary(
    header?.getChannelHeader_asU8() ?? new Uint8Array(),
  );
  channelHeader.setChannelId(channel);
  header?.setChannelHeader(channelHeader.serializeBinary());
  return payload.serializeBinary();
}
