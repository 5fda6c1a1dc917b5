import { common, gateway as protos, msp, peer } from '@hyperledger/fabric-protos';
import { EndorseError, type Contract, type Gateway } from '@hyperledger/fabric-gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHAINCODE, CHANNEL, OTHER_CHAINCODE, TestNetwork } from '../testing/test-network.js';

const { TxValidationCode } = peer;

/** Read by the orderer for every block. */
const batch = { maxMessages: 50, maxBytes: 200_000, timeoutMs: 25 };
let network: TestNetwork;
let gateway: Gateway;
let contract: Contract;

beforeAll(async () => {
  network = await TestNetwork.start({ batch });
  gateway = await network.connect('HospitalA');
  contract = gateway.getNetwork(CHANNEL).getContract(CHAINCODE);
});
afterAll(async () => {
  await network.stop();
});

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const evaluate = async (...call: [string, ...string[]]): Promise<string> =>
  text(await contract.evaluateTransaction(...call));
const refusal = async (result: Promise<unknown>): Promise<EndorseError> =>
  result.then(
    () => expect.fail('was not refused'),
    (error: unknown) => error as EndorseError,
  );

describe('transactions by an unmodified client', () => {
  it('are endorsed, ordered, committed and read', async () => {
    await contract.submitTransaction('put', 'greeting', 'hello');
    expect(await evaluate('get', 'greeting')).toBe('hello');
    await contract.submitTransaction('delete', 'greeting');
    expect(await evaluate('get', 'greeting')).toBe('');
  });

  it('never read their own writes', async () => {
    expect(await evaluate('putGet', 'own', 'new')).toBe('');
    expect(text(await contract.submitTransaction('putGet', 'own', 'new'))).toBe('');
  });

  it('tell the commit status, also long afterwards', async () => {
    const commit = await contract.submitAsync('put', { arguments: ['late', '1'] });
    const first = await commit.getStatus();
    expect(first).toMatchObject({ code: TxValidationCode.VALID, successful: true });
    expect(await commit.getStatus()).toEqual(first);
  });

  it('read ranges, pages and history', async () => {
    await contract.submitTransaction('putAll', 'item', '250');
    const range = JSON.parse(await evaluate('range', 'item', 'itez')) as string[];
    expect(range).toHaveLength(250);
    expect(range[0]).toBe('item0000=0000');
    expect(range.at(-1)).toBe('item0249=0249');
    expect(JSON.parse(await evaluate('range', 'item0000', 'item0100'))).toHaveLength(100);
    expect(JSON.parse(await evaluate('page', 'item', 'itez', '3', ''))).toEqual({
      entries: ['item0000=0000', 'item0001=0001', 'item0002=0002'],
      bookmark: 'item0003',
      fetched: 3,
    });
    expect(JSON.parse(await evaluate('page', 'item', 'itez', '3', 'item0248'))).toEqual({
      entries: ['item0248=0248', 'item0249=0249'],
      bookmark: '',
      fetched: 2,
    });
    await contract.submitTransaction('put', 'told', 'one');
    await contract.submitTransaction('put', 'told', 'two');
    await contract.submitTransaction('delete', 'told');
    const history = JSON.parse(await evaluate('history', 'told')) as string[];
    expect(history.map((entry) => entry.replace(/^[0-9a-f]{64}:/, ''))).toEqual(['deleted', 'two', 'one']);
  });

  it('are refused in Fabric’s words', async () => {
    const failed = await refusal(contract.submitTransaction('fail'));
    expect(failed).toBeInstanceOf(EndorseError);
    expect(failed.code).toBe(10);
    expect(failed.details).toEqual([
      {
        address: network.endpoint('HospitalA'),
        mspId: 'HospitalA',
        message: 'chaincode response 500, MEDACCORD:REFUSED:as asked',
      },
    ]);
    const query = await refusal(contract.evaluateTransaction('query'));
    expect(query.details[0]?.message).toContain('ExecuteQuery not supported for leveldb');
    const page = await refusal(contract.submitTransaction('pageAndPut', 'item', 'itez'));
    expect(page.details[0]?.message).toContain('has already performed a paginated query');
    const unknown = await refusal(gateway.getNetwork(CHANNEL).getContract('nothing').submitTransaction('x'));
    expect(unknown.code).toBe(9);
    expect(unknown.message).toContain(`No metadata was found for chaincode nothing in channel ${CHANNEL}`);
  });

  it('conflict on a key that both read: MVCC_READ_CONFLICT', async () => {
    await contract.submitTransaction('put', 'counter', '1');
    const one = await contract.newProposal('increment', { arguments: ['counter'] }).endorse();
    const two = await contract.newProposal('increment', { arguments: ['counter'] }).endorse();
    const [first, second] = await Promise.all([one.submit(), two.submit()]);
    const codes = [(await first.getStatus()).code, (await second.getStatus()).code];
    expect(codes.sort()).toEqual([TxValidationCode.VALID, TxValidationCode.MVCC_READ_CONFLICT]);
    expect(await evaluate('get', 'counter')).toBe('2');
  });

  it('conflict on a range in which a key appeared: PHANTOM_READ_CONFLICT', async () => {
    const counted = await contract.newProposal('count', { arguments: ['ph', 'pi', 'total'] }).endorse();
    await contract.submitTransaction('put', 'phantom', '1');
    const status = await (await counted.submit()).getStatus();
    expect(status.code).toBe(TxValidationCode.PHANTOM_READ_CONFLICT);
  });

  it('are valid once: what is sent again changes nothing, and is marked as a duplicate', async () => {
    const proposal = contract.newProposal('put', { arguments: ['once', '1'] });
    const transaction = await proposal.endorse();
    await (await transaction.submit()).getStatus();
    const duplicate = network.nextBlock();
    expect((await (await transaction.submit()).getStatus()).successful).toBe(true);
    expect((await duplicate).transactions.map(({ code }) => code)).toEqual([TxValidationCode.DUPLICATE_TXID]);
    const again = await refusal(proposal.endorse());
    expect(again.details[0]?.message).toContain(
      `duplicate transaction found [${proposal.getTransactionId()}]`,
    );
  });

  it('may be endorsed again until they are committed', async () => {
    const proposal = contract.newProposal('put', { arguments: ['ordered', '1'] });
    const transaction = await proposal.endorse();
    const { timeoutMs } = batch;
    batch.timeoutMs = 600_000;
    const submitted = await transaction.submit();
    const again = await proposal.endorse();
    expect(network.ledger().transaction(proposal.getTransactionId())).toBeUndefined();
    batch.timeoutMs = timeoutMs;
    // More than fits into a block with the one that waits.
    await contract.submitTransaction('put', 'large', 'x'.repeat(batch.maxBytes));
    expect((await submitted.getStatus()).code).toBe(TxValidationCode.VALID);
    const duplicate = network.nextBlock();
    await again.submit();
    expect((await duplicate).transactions.map(({ code }) => code)).toEqual([TxValidationCode.DUPLICATE_TXID]);
  });

  it('fail where two endorsers do not agree', async () => {
    const error = await refusal(contract.submitTransaction('random', 'dice'));
    expect(error.message).toContain('failed to collect enough transaction endorsements');
    expect(error.details.map(({ message }) => message)).toContain('ProposalResponsePayloads do not match');
  });

  it('go to the organisations that the client names', async () => {
    const proposal = contract.newProposal('put', {
      arguments: ['named', '1'],
      endorsingOrganizations: ['LabA', 'HospitalB'],
    });
    expect(endorsers((await proposal.endorse()).getBytes())).toEqual(['HospitalB', 'LabA']);
    const tooFew = contract.newProposal('put', {
      arguments: ['named', '2'],
      endorsingOrganizations: ['LabA'],
    });
    const status = await (await (await tooFew.endorse()).submit()).getStatus();
    expect(status.code).toBe(TxValidationCode.ENDORSEMENT_POLICY_FAILURE);
    const nobody = await refusal(
      contract.submit('put', { arguments: ['a', 'b'], endorsingOrganizations: ['Nobody'] }),
    );
    expect(nobody.message).toContain('failed to find any endorsing peers for org(s): Nobody');
  });

  it('of an organisation outside the policy are endorsed by those inside', async () => {
    const insurer = (await network.connect('InsurerA')).getNetwork(CHANNEL).getContract(CHAINCODE);
    const transaction = await insurer.newProposal('put', { arguments: ['outside', '1'] }).endorse();
    expect(endorsers(transaction.getBytes())).toHaveLength(2);
    expect(endorsers(transaction.getBytes())).not.toContain('InsurerA');
    expect((await (await transaction.submit()).getStatus()).successful).toBe(true);
    expect(text(await insurer.evaluateTransaction('get', 'outside'))).toBe('1');
  });

  it('span chaincodes: the called one writes to its own state, in the same transaction', async () => {
    const commit = await contract.submitAsync('invoke', {
      arguments: [OTHER_CHAINCODE, 'put', 'k', 'there'],
    });
    expect((await commit.getStatus()).successful).toBe(true);
    expect(await evaluate('get', 'k')).toBe('');
    const other = gateway.getNetwork(CHANNEL).getContract(OTHER_CHAINCODE);
    expect(text(await other.evaluateTransaction('get', 'k'))).toBe('there');
    const failed = JSON.parse(await evaluate('invoke', OTHER_CHAINCODE, 'fail')) as { status: number };
    expect(failed.status).toBe(500);
    const none = await refusal(contract.evaluateTransaction('invoke', 'nothing', 'get', 'k'));
    expect(none.details[0]?.message).toContain('INVOKE_CHAINCODE failed');
  });

  it('ask the ledger itself through qscc, but not from a chaincode', async () => {
    const qscc = gateway.getNetwork(CHANNEL).getContract('qscc');
    const info = common.BlockchainInfo.deserializeBinary(
      await qscc.evaluateTransaction('GetChainInfo', CHANNEL),
    );
    expect(info.getHeight()).toBe(network.ledger().height);
    const block = common.Block.deserializeBinary(
      await qscc.evaluateTransaction('GetBlockByNumber', CHANNEL, '1'),
    );
    expect(block.getHeader()?.getNumber()).toBe(1);
    const commit = await contract.submitAsync('put', { arguments: ['known', '1'] });
    await commit.getStatus();
    const processed = peer.ProcessedTransaction.deserializeBinary(
      await qscc.evaluateTransaction('GetTransactionByID', CHANNEL, commit.getTransactionId()),
    );
    expect(processed.getValidationcode()).toBe(TxValidationCode.VALID);
    expect(JSON.parse(await evaluate('invoke', 'qscc', 'GetChainInfo', CHANNEL))).toMatchObject({
      status: 500,
      message:
        'Rejecting invoke of QSCC from another chaincode because of potential for deadlocks, original ' +
        "invocation for 'fixture'",
    });
  });
});

/** MSP ids of a prepared transaction's endorsers, sorted. */
function endorsers(prepared: Uint8Array): string[] {
  const envelope = protos.PreparedTransaction.deserializeBinary(prepared).getEnvelope();
  const payload = common.Payload.deserializeBinary(envelope?.getPayload_asU8() ?? new Uint8Array());
  const [action] = peer.Transaction.deserializeBinary(payload.getData_asU8()).getActionsList();
  const endorsed = peer.ChaincodeActionPayload.deserializeBinary(
    action?.getPayload_asU8() ?? new Uint8Array(),
  );
  return (endorsed.getAction()?.getEndorsementsList() ?? [])
    .map((one) => msp.SerializedIdentity.deserializeBinary(one.getEndorser_asU8()).getMspid())
    .sort();
}
