import { CommitError } from '@hyperledger/fabric-gateway';
import { common, gateway, peer } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { codeName, evaluate, newKey, outcome, steps, submit } from '../harness/calls.js';
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
import { rawCommitStatus, rawSubmit } from '../harness/raw-calls.js';
import { refusal } from '../harness/refusals.js';
import { ASSETS, SINGLE } from '../harness/standing-chaincodes.js';
import { preparedEnvelope } from '../harness/transactions.js';

const { client, otherClient } = org1.identities;
const assets = contractOf(ASSETS);
const single = contractOf(SINGLE);

async function endorsed(key = newKey()) {
  return single.newProposal('put', { arguments: [key, '1'] }).endorse();
}

async function signedEnvelope(key = newKey()): Promise<common.Envelope> {
  const envelope = preparedEnvelope(await endorsed(key));
  envelope.setSignature(await signAs(client, envelope.getPayload_asU8()));
  return envelope;
}

function statusRequest(txId: string, channel = MAIN, identity = serialized(client)) {
  const request = new gateway.CommitStatusRequest();
  request.setChannelId(channel);
  request.setTransactionId(txId);
  request.setIdentity(identity);
  return request;
}

describe('a client that submits', () => {
  it('gets the result, and the verdict of the block', async () => {
    const key = newKey();
    const done = await submit(assets, 'steps', steps(['put', key, 'v'], ['echo', 'done']));
    expect(done).toMatchObject({ code: 'VALID', result: '["done"]' });
    expect(await evaluate(assets, 'get', key)).toBe('v');
  });

  it('is told the number of the block in which the transaction is', async () => {
    const { txId, block } = await submit(single, 'put', newKey(), 'v');
    const bytes = await contractOf('qscc').evaluateTransaction('GetBlockByTxID', MAIN, txId);
    expect(common.Block.deserializeBinary(bytes).getHeader()?.getNumber()).toBe(Number(block));
  });

  it('commits what it endorsed earlier, whenever it submits', async () => {
    const key = newKey();
    const transaction = await endorsed(key);
    await submit(single, 'put', newKey(), 'meanwhile');
    expect((await outcome(await transaction.submit())).code).toBe('VALID');
    expect(await evaluate(single, 'get', key)).toBe('1');
  });

  it('may have many transactions on the way', async () => {
    const keys = Array.from({ length: 40 }, () => newKey());
    const all = await Promise.all(keys.map((key) => submit(single, 'put', key, key)));
    expect(new Set(all.map(({ code }) => code))).toEqual(new Set(['VALID']));
    for (const key of keys.slice(0, 3)) expect(await evaluate(single, 'get', key)).toBe(key);
  });

  it('may put a transaction without writes on the ledger', async () => {
    expect((await submit(assets, 'get', newKey())).code).toBe('VALID');
  });

  it('hears from the SDK that a transaction is invalid, with code and id: CommitError', async () => {
    const key = newKey();
    const stale = await assets.newProposal('increment', { arguments: [key] }).endorse();
    await submit(assets, 'increment', key);
    const status = await (await stale.submit()).getStatus();
    expect(status).toMatchObject({ successful: false, transactionId: stale.getTransactionId() });
    expect(codeName(status.code)).toBe('MVCC_READ_CONFLICT');
    const tooFew = assets.submit('put', {
      arguments: [newKey(), '1'],
      endorsingOrganizations: [org1.mspId],
    });
    await expect(tooFew).rejects.toBeInstanceOf(CommitError);
    await expect(tooFew).rejects.toMatchObject({ code: peer.TxValidationCode.ENDORSEMENT_POLICY_FAILURE });
  });

  it('finds a transaction that was sent twice in the ledger twice, valid once: DUPLICATE_TXID', async () => {
    const key = newKey();
    const envelope = await signedEnvelope(key);
    await rawSubmit(MAIN, envelope);
    const txId = txIdOf(envelope);
    const first = await rawCommitStatus(statusRequest(txId), client);
    expect(codeName(first.getResult())).toBe('VALID');
    await rawSubmit(MAIN, envelope);
    const codes = await codesAfter(first.getBlockNumber(), txId);
    expect(codes).toEqual(['DUPLICATE_TXID']);
    const again = await rawCommitStatus(statusRequest(txId), client);
    expect(codeName(again.getResult())).toBe('VALID');
    expect(again.getBlockNumber()).toBe(first.getBlockNumber());
  });

  it('needs a signature under the transaction: INVALID_ARGUMENT', async () => {
    const envelope = preparedEnvelope(await endorsed());
    expect(await refusal(rawSubmit(MAIN, envelope))).toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: 'prepared transaction must be signed',
    });
  });

  it('needs a transaction: INVALID_ARGUMENT', async () => {
    expect(await refusal(rawSubmit(MAIN, undefined))).toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: 'a prepared transaction is required',
    });
  });

  it('is refused a channel that is not there: FAILED_PRECONDITION', async () => {
    const refused = await refusal(rawSubmit('nowhere', await signedEnvelope()));
    expect(refused.status).toBe('FAILED_PRECONDITION');
    expect(refused.message).toBe(
      'failed to get config for channel [nowhere]: could not get last config for channel nowhere',
    );
  });

  it("is refused by the orderer where the signature is another client's: ABORTED, FORBIDDEN", async () => {
    const envelope = preparedEnvelope(await endorsed());
    envelope.setSignature(await signAs(otherClient, envelope.getPayload_asU8()));
    const refused = await refusal(rawSubmit(MAIN, envelope));
    expect(refused).toMatchObject({ status: 'ABORTED', details: [] });
    expect(refused.message).toBe(
      'received unsuccessful response from orderer: status=FORBIDDEN, info=implicit policy evaluation failed' +
        " - 0 sub-policies were satisfied, but this policy requires 1 of the 'Writers' sub-policies to be " +
        'satisfied: permission denied',
    );
  });

  it('is refused by the orderer where the transaction is too large: ABORTED, BAD_REQUEST', async () => {
    const envelope = await signedEnvelope();
    const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
    payload.setData(Buffer.alloc(11 * 1024 * 1024));
    envelope.setPayload(payload.serializeBinary());
    envelope.setSignature(await signAs(client, envelope.getPayload_asU8()));
    const refused = await refusal(rawSubmit(MAIN, envelope));
    expect(refused.status).toBe('ABORTED');
    expect(refused.message).toMatch(
      /^received unsuccessful response from orderer: status=BAD_REQUEST, info=message payload is \d+ bytes and exceeds maximum allowed \d+ bytes$/,
    );
  });

  it('is refused by the orderer what is no transaction: ABORTED, BAD_REQUEST', async () => {
    const envelope = await signedEnvelope();
    envelope.setPayload(Buffer.from('ffffffff', 'hex'));
    const refused = await refusal(rawSubmit(MAIN, envelope));
    expect(refused.status).toBe('ABORTED');
    expect(refused.message).toMatch(
      /^received unsuccessful response from orderer: status=BAD_REQUEST, info=/,
    );
  });

  it('hears of it from the SDK with the id of the transaction: SubmitError', async () => {
    const transaction = await endorsed();
    const foreign = await signAs(otherClient, preparedEnvelope(transaction).getPayload_asU8());
    const submitted = gatewayOf(client).newSignedTransaction(transaction.getBytes(), foreign).submit();
    await expect(submitted).rejects.toMatchObject({
      name: 'SubmitError',
      transactionId: transaction.getTransactionId(),
    });
  });
});

describe('a client that asks for the status of a commit', () => {
  it('may ask for the transaction of another, at another peer', async () => {
    const { txId, block } = await submit(single, 'put', newKey(), 'v');
    for (const identity of [otherClient, org2.identities.client]) {
      const answer = await rawCommitStatus(statusRequest(txId, MAIN, serialized(identity)), identity);
      expect([codeName(answer.getResult()), answer.getBlockNumber()]).toEqual(['VALID', Number(block)]);
    }
  });

  it('waits for a transaction that is not there yet', async () => {
    const transaction = await endorsed();
    const waiting = rawCommitStatus(statusRequest(transaction.getTransactionId()), client);
    await submit(single, 'put', newKey(), 'a block goes by');
    await transaction.submit();
    expect(codeName((await waiting).getResult())).toBe('VALID');
  });

  it('waits until its own deadline: DEADLINE_EXCEEDED', async () => {
    const unsigned = gatewayOf(client).newSignedCommit(
      await signedStatusRequest('00'.repeat(32)),
      await signAs(client, statusRequest('00'.repeat(32)).serializeBinary()),
    );
    const refused = await refusal(unsigned.getStatus({ deadline: Date.now() + 300 }));
    expect(refused).toMatchObject({ status: 'DEADLINE_EXCEEDED', name: 'CommitStatusError' });
  });

  it('needs an identity, a channel and a transaction id: INVALID_ARGUMENT', async () => {
    const messages: [gateway.CommitStatusRequest, string][] = [
      [statusRequest('a', MAIN, new Uint8Array()), 'no identity provided'],
      [statusRequest('a', ''), 'no channel ID provided'],
      [statusRequest(''), 'transaction ID should not be empty'],
    ];
    for (const [request, message] of messages) {
      expect(await refusal(rawCommitStatus(request, client))).toMatchObject({
        status: 'INVALID_ARGUMENT',
        message,
      });
    }
  });

  it('needs a request: INVALID_ARGUMENT', async () => {
    expect(await refusal(rawCommitStatus(undefined, client))).toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: 'a commit status request is required',
    });
  });

  it('needs to have signed the request itself: PERMISSION_DENIED', async () => {
    const refused = await refusal(rawCommitStatus(statusRequest('a'), otherClient));
    expect(refused).toMatchObject({
      status: 'PERMISSION_DENIED',
      message:
        `Failed evaluating policy on signed data during check policy on channel [${MAIN}] with policy ` +
        '[/Channel/Application/Readers]: [implicit policy evaluation failed - 0 sub-policies were satisfied, ' +
        "but this policy requires 1 of the 'Readers' sub-policies to be satisfied]",
    });
  });

  it('needs to be of the channel: PERMISSION_DENIED', async () => {
    for (const identity of [org1.identities.foreign, org1.identities.revoked]) {
      const request = statusRequest('a', MAIN, serialized(identity));
      expect((await refusal(rawCommitStatus(request, identity))).status).toBe('PERMISSION_DENIED');
    }
  });

  it('is told with a certificate that has expired, too', async () => {
    const { txId } = await submit(single, 'put', newKey(), '1');
    const { expired } = org1.identities;
    const answer = await rawCommitStatus(statusRequest(txId, MAIN, serialized(expired)), expired);
    expect(codeName(answer.getResult())).toBe('VALID');
  });

  it('is refused a channel that is not there: PERMISSION_DENIED', async () => {
    const refused = await refusal(rawCommitStatus(statusRequest('a', 'nowhere'), client));
    expect(refused).toMatchObject({
      status: 'PERMISSION_DENIED',
      message: 'Failed to get policy manager for channel [nowhere]',
    });
  });
});

/** What the SDK's `newSignedCommit` takes. */
async function signedStatusRequest(txId: string): Promise<Uint8Array> {
  const signed = new gateway.SignedCommitStatusRequest();
  signed.setRequest(statusRequest(txId).serializeBinary());
  signed.setSignature(await signAs(client, signed.getRequest_asU8()));
  return signed.serializeBinary();
}

function txIdOf(envelope: common.Envelope): string {
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
  const header = payload.getHeader()?.getChannelHeader_asU8() ?? new Uint8Array();
  return common.ChannelHeader.deserializeBinary(header).getTxId();
}

/** Verdicts that later blocks give that transaction; waits for the first block that has it. */
async function codesAfter(block: number, txId: string): Promise<string[]> {
  const events = await channelOf(client).getFilteredBlockEvents({ startBlock: BigInt(block + 1) });
  try {
    for await (const filtered of events) {
      const found = filtered
        .getFilteredTransactionsList()
        .filter((transaction) => transaction.getTxid() === txId)
        .map((transaction) => codeName(transaction.getTxValidationCode()));
      if (found.length > 0) return found;
    }
  } finally {
    events.close();
  }
  return [];
}
