import { checkpointers, type ChaincodeEvent } from '@hyperledger/fabric-gateway';
import { gateway, orderer } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { newKey, outcome, steps, submit, textOf } from '../harness/calls.js';
import {
  channelOf,
  contractOf,
  gatewayOf,
  MAIN,
  org1,
  org2,
  serialized,
  signAs,
} from '../harness/clients.js';
import { rawChaincodeEvents } from '../harness/raw-calls.js';
import { refusal } from '../harness/refusals.js';
import { ASSETS, CHOICE, SINGLE } from '../harness/standing-chaincodes.js';
import { take, takeUntil } from '../harness/streams.js';

const { client, otherClient } = org1.identities;
const channel = channelOf(client);
const single = contractOf(SINGLE);

const plain = ({ eventName, payload, transactionId, chaincodeName, blockNumber }: ChaincodeEvent) => ({
  eventName,
  payload: textOf(payload),
  transactionId,
  chaincodeName,
  blockNumber,
});

/** Events of a chaincode from a block on, up to the event of that name. */
async function eventsUntil(name: string, startBlock: bigint, chaincode = SINGLE): Promise<string[]> {
  const events = await channel.getChaincodeEvents(chaincode, { startBlock });
  return (await takeUntil(events, ({ eventName }) => eventName === name)).map(({ eventName }) => eventName);
}

describe('chaincode events', () => {
  it('come live, with name, payload, transaction and block', async () => {
    const name = newKey('event');
    const events = await channel.getChaincodeEvents(SINGLE);
    const { txId, block } = await submit(single, 'event', name, 'what happened');
    const seen = await takeUntil(events, ({ eventName }) => eventName === name);
    expect(plain(seen.at(-1) as ChaincodeEvent)).toEqual({
      eventName: name,
      payload: 'what happened',
      transactionId: txId,
      chaincodeName: SINGLE,
      blockNumber: block,
    });
  });

  it('of earlier blocks come from a start block on, then the live ones', async () => {
    const names = [newKey('event'), newKey('event'), newKey('event')];
    const [early = '', middle = '', live = ''] = names;
    const { block } = await submit(single, 'event', early, '');
    await submit(single, 'event', middle, '');
    const replayed = eventsUntil(live, block);
    await submit(single, 'event', live, '');
    expect((await replayed).filter((name) => names.includes(name))).toEqual(names);
  });

  it('of blocks before the start block do not come', async () => {
    const [before, after] = [newKey('event'), newKey('event')];
    const { block } = await submit(single, 'event', before, '');
    const seen = eventsUntil(after, block + 1n);
    await submit(single, 'event', after, '');
    expect(await seen).not.toContain(before);
  });

  it('may be asked for before their block is there', async () => {
    const name = newKey('event');
    const { block } = await submit(single, 'put', newKey(), '1');
    const seen = eventsUntil(name, block + 1n);
    await submit(single, 'event', name, '');
    expect(await seen).toContain(name);
  });

  it('go on after the transaction that a checkpoint names', async () => {
    const names = [newKey('event'), newKey('event'), newKey('event')];
    const [first = '', second = '', third = ''] = names;
    const { block } = await submit(single, 'event', first, '');
    const { txId, block: secondBlock } = await submit(single, 'event', second, '');
    await submit(single, 'event', third, '');
    const checkpointer = checkpointers.inMemory();
    await checkpointer.checkpointTransaction(secondBlock, txId);
    const events = await channel.getChaincodeEvents(SINGLE, { startBlock: block, checkpoint: checkpointer });
    const seen = await takeUntil(events, ({ eventName }) => eventName === third);
    expect(seen.map(({ eventName }) => eventName).filter((name) => names.includes(name))).toEqual([third]);
  });

  it('start with the start block where the checkpoint is new', async () => {
    const name = newKey('event');
    const { block } = await submit(single, 'event', name, '');
    const checkpoint = checkpointers.inMemory();
    const events = await channel.getChaincodeEvents(SINGLE, { startBlock: block, checkpoint });
    expect((await takeUntil(events, ({ eventName }) => eventName === name)).length).toBeGreaterThan(0);
  });

  it('of other chaincodes do not come', async () => {
    const [others, own] = [newKey('event'), newKey('event')];
    const { block } = await submit(contractOf(ASSETS), 'event', others, '');
    await submit(single, 'event', own, '');
    expect(await eventsUntil(own, block)).not.toContain(others);
    expect(await eventsUntil(others, block, ASSETS)).not.toContain(own);
  });

  it('of invalid transactions do not come', async () => {
    const [invalid, later] = [newKey('event'), newKey('event')];
    const key = newKey();
    const stale = await single
      .newProposal('steps', { arguments: [steps(['increment', key], ['event', invalid, ''])] })
      .endorse();
    await submit(single, 'increment', key);
    const { code, block } = await outcome(await stale.submit());
    expect(code).toBe('MVCC_READ_CONFLICT');
    await submit(single, 'event', later, '');
    expect(await eventsUntil(later, block)).not.toContain(invalid);
  });

  it('of one transaction: the last one alone', async () => {
    const [first, last] = [newKey('event'), newKey('event')];
    const { block } = await submit(single, 'steps', steps(['event', first, 'a'], ['event', last, 'b']));
    expect(await eventsUntil(last, block)).not.toContain(first);
  });

  it('of a chaincode that was called by another do not come', async () => {
    const [called, caller] = [newKey('event'), newKey('event')];
    const { block } = await submit(
      single,
      'steps',
      steps(['invoke', CHOICE, '', 'event', called, ''], ['event', caller, '']),
    );
    expect(await eventsUntil(caller, block)).not.toContain(called);
    const next = newKey('event');
    await submit(contractOf(CHOICE), 'event', next, '');
    expect(await eventsUntil(next, block, CHOICE)).not.toContain(called);
  });

  it('come in the order of the transactions, block by block', async () => {
    const names = Array.from({ length: 12 }, () => newKey('event'));
    const done = await Promise.all(names.map((name) => submit(single, 'event', name, '')));
    const start = done.reduce((least, { block }) => (block < least ? block : least), done[0]?.block ?? 0n);
    const wanted = new Set(names);
    const events = await channel.getChaincodeEvents(SINGLE, { startBlock: start });
    const seen = await takeUntil(events, ({ eventName }) => {
      wanted.delete(eventName);
      return wanted.size === 0;
    });
    const blocks = seen.map(({ blockNumber }) => blockNumber);
    expect(blocks).toEqual([...blocks].sort((a, b) => Number(a - b)));
    const byName = new Map(seen.map(({ eventName, transactionId }) => [eventName, transactionId]));
    done.forEach(({ txId }, index) => expect(byName.get(names[index] ?? '')).toBe(txId));
  });

  it('come to a client of another organisation at its own peer', async () => {
    const name = newKey('event');
    const { block } = await submit(single, 'event', name, 'for all');
    const events = await channelOf(org2.identities.client).getChaincodeEvents(SINGLE, { startBlock: block });
    const seen = await takeUntil(events, ({ eventName }) => eventName === name);
    expect(textOf(seen.at(-1)?.payload ?? new Uint8Array())).toBe('for all');
  });

  it('come on many streams at once', async () => {
    const name = newKey('event');
    const { block } = await submit(single, 'event', name, '');
    const all = await Promise.all(Array.from({ length: 20 }, () => eventsUntil(name, block)));
    for (const seen of all) expect(seen.at(-1)).toBe(name);
  });

  it('end where the client closes the stream: CANCELLED', async () => {
    const events = await channel.getChaincodeEvents(SINGLE);
    const waiting = take(events, 1);
    events.close();
    expect((await refusal(waiting)).status).toBe('CANCELLED');
  });

  it('end with the deadline that the client set: DEADLINE_EXCEEDED, or CANCELLED where the peer was first', async () => {
    const { block } = await submit(single, 'put', newKey(), '1');
    const request = channel.newChaincodeEventsRequest(SINGLE, { startBlock: block + 1_000_000n });
    const events = await request.getEvents({ deadline: Date.now() + 300 });
    expect(['DEADLINE_EXCEEDED', 'CANCELLED']).toContain((await refusal(take(events, 1))).status);
  });

  it('may be asked for with a signature made elsewhere', async () => {
    const name = newKey('event');
    const { block } = await submit(single, 'event', name, '');
    const unsigned = channel.newChaincodeEventsRequest(SINGLE, { startBlock: block });
    const message = gateway.SignedChaincodeEventsRequest.deserializeBinary(unsigned.getBytes());
    const signature = await signAs(client, message.getRequest_asU8());
    const signed = gatewayOf(client).newSignedChaincodeEventsRequest(unsigned.getBytes(), signature);
    const seen = await takeUntil(await signed.getEvents(), ({ eventName }) => eventName === name);
    expect(seen.at(-1)?.eventName).toBe(name);
  });
});

describe('a request for chaincode events', () => {
  const request = (position?: orderer.SeekPosition, channelId = MAIN, identity = client) => {
    const message = new gateway.ChaincodeEventsRequest();
    message.setChannelId(channelId);
    message.setChaincodeId(SINGLE);
    message.setIdentity(serialized(identity));
    message.setStartPosition(position);
    return message;
  };

  it('needs the signature of its identity: PERMISSION_DENIED', async () => {
    expect(await refusal(rawChaincodeEvents(request(), otherClient))).toMatchObject({
      status: 'PERMISSION_DENIED',
      message:
        `Failed evaluating policy on signed data during check policy on channel [${MAIN}] with policy ` +
        '[/Channel/Application/Readers]: [implicit policy evaluation failed - 0 sub-policies were satisfied, ' +
        "but this policy requires 1 of the 'Readers' sub-policies to be satisfied]",
    });
  });

  it('needs an identity of the channel: PERMISSION_DENIED', async () => {
    for (const identity of [org1.identities.foreign, org1.identities.revoked]) {
      const refused = await refusal(rawChaincodeEvents(request(undefined, MAIN, identity), identity));
      expect(refused.status).toBe('PERMISSION_DENIED');
    }
  });

  it('is answered with a certificate that has expired, too', async () => {
    const { expired } = org1.identities;
    const { block } = await submit(single, 'event', newKey('event'), '');
    const position = new orderer.SeekPosition();
    const specified = new orderer.SeekSpecified();
    specified.setNumber(Number(block));
    position.setSpecified(specified);
    const answer = await rawChaincodeEvents(request(position, MAIN, expired), expired);
    expect(answer.getBlockNumber()).toBe(Number(block));
  });

  it('is refused for a channel that is not there: PERMISSION_DENIED', async () => {
    const refused = await refusal(rawChaincodeEvents(request(undefined, 'nowhere'), client));
    expect(refused.status).toBe('PERMISSION_DENIED');
  });

  it('starts with the next block, or at a number: INVALID_ARGUMENT otherwise', async () => {
    const oldest = new orderer.SeekPosition();
    oldest.setOldest(new orderer.SeekOldest());
    const newest = new orderer.SeekPosition();
    newest.setNewest(new orderer.SeekNewest());
    for (const [position, name] of [
      [oldest, 'Oldest'],
      [newest, 'Newest'],
    ] as const) {
      expect(await refusal(rawChaincodeEvents(request(position), client))).toMatchObject({
        status: 'INVALID_ARGUMENT',
        message: `invalid start position type: *orderer.SeekPosition_${name}`,
      });
    }
  });

  it('has to be there: INVALID_ARGUMENT', async () => {
    expect(await refusal(rawChaincodeEvents(undefined, client))).toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: 'a chaincode events request is required',
    });
  });
});
