import { createHash } from 'node:crypto';
import type { ledger } from '@hyperledger/fabric-protos';
import { peer } from '@hyperledger/fabric-protos';
import type { EndorseError, Gateway } from '@hyperledger/fabric-gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyMemberOf, outOfMsps } from '../policy/index.js';
import { CARE, CHAINCODE, CHANNEL, policyArgument, TestNetwork, type Org } from '../testing/test-network.js';

const { TxValidationCode } = peer;

let network: TestNetwork;
const gateways = {} as Record<Org, Gateway>;

beforeAll(async () => {
  network = await TestNetwork.start();
  for (const org of ['HospitalA', 'HospitalB', 'LabA', 'InsurerA', 'InsurerB'] as const) {
    gateways[org] = await network.connect(org);
  }
});
afterAll(async () => {
  await network.stop();
});

const contract = (org: Org) => gateways[org].getNetwork(CHANNEL).getContract(CHAINCODE);
const evaluate = async (org: Org, name: string, args: string[], at: Org = org): Promise<string> =>
  Buffer.from(
    await contract(org).evaluate(name, { arguments: args, endorsingOrganizations: [at] }),
  ).toString();
const refusal = async (result: Promise<unknown>): Promise<EndorseError> =>
  result.then(
    () => expect.fail('was not refused'),
    (error: unknown) => error as EndorseError,
  );
const submitPrivate = (org: Org, name: string, args: string[], value: string, endorsing?: Org[]) =>
  contract(org).submit(name, {
    arguments: args,
    transientData: { value },
    endorsingOrganizations: endorsing,
  });
const sha256 = (value: string): string => createHash('sha256').update(value).digest('hex');

describe('private data', () => {
  it('of a pair is read by the pair alone; everybody has its hash', async () => {
    await submitPrivate('HospitalA', 'putPrivate', ['claims', 'line'], 'secret');
    const written = network.ledger().height - 1;
    expect(await evaluate('HospitalA', 'getPrivate', ['claims', 'line'])).toBe('secret');
    expect(await evaluate('InsurerA', 'getPrivate', ['claims', 'line'])).toBe('secret');
    for (const org of ['HospitalB', 'LabA', 'InsurerB'] as const) {
      expect(await evaluate(org, 'privateHash', ['claims', 'line'])).toBe(sha256('secret'));
      const creator = await refusal(evaluate(org, 'getPrivate', ['claims', 'line']));
      expect(creator.details[0]?.message).toContain('tx creator does not have read access permission');
    }
    const elsewhere = await refusal(evaluate('HospitalA', 'getPrivate', ['claims', 'line'], 'LabA'));
    expect(elsewhere.details[0]?.message).toContain(
      'private data matching public hash version is not available. Public hash version = ' +
        `{BlockNum: ${String(written)}, TxNum: 0}, Private data version = <nil>`,
    );
  });

  it('is endorsed by its collection’s members and written by them alone', async () => {
    const transaction = await contract('HospitalA')
      .newProposal('putPrivate', { arguments: ['claims', 'endorsed'], transientData: { value: '1' } })
      .endorse();
    const bytes = Buffer.from(transaction.getBytes()).toString('latin1');
    expect(bytes).toContain('InsurerA');
    for (const other of ['HospitalB', 'LabA', 'InsurerB']) expect(bytes).not.toContain(other);
    expect((await (await transaction.submit()).getStatus()).successful).toBe(true);
    const outsider = await refusal(submitPrivate('HospitalB', 'putPrivate', ['claims', 'x'], '1'));
    expect(outsider.details[0]?.message).toContain('tx creator does not have write access permission');
    const unknown = await refusal(submitPrivate('HospitalA', 'putPrivate', ['none', 'x'], '1'));
    expect(unknown.details[0]?.message).toContain('collection care/fixture/none could not be found');
  });

  it('never reaches an organisation outside the collection by the gateway’s own choice', async () => {
    const error = await refusal(submitPrivate('HospitalA', 'putPrivate', ['mixed', 'k'], 'secret'));
    expect(error.code).toBe(9);
    expect(error.message).toContain(
      'requires endorsement from organisation(s) that are not in the distribution policy of the private data collection(s): [mixed]',
    );
    await submitPrivate('HospitalA', 'putPrivate', ['mixed', 'k'], 'secret', ['HospitalA', 'LabA']);
    expect(await evaluate('InsurerA', 'getPrivate', ['mixed', 'k'])).toBe('secret');
  });

  it('of an organisation’s implicit collection is endorsed by that organisation', async () => {
    await submitPrivate('InsurerA', 'putPrivate', ['_implicit_org_InsurerA', 'rule'], 'deny', ['InsurerA']);
    expect(await evaluate('InsurerA', 'getPrivate', ['_implicit_org_InsurerA', 'rule'])).toBe('deny');
    expect(await evaluate('InsurerB', 'privateHash', ['_implicit_org_InsurerA', 'rule'])).toBe(
      sha256('deny'),
    );
    const other = await refusal(evaluate('InsurerB', 'getPrivate', ['_implicit_org_InsurerA', 'rule']));
    expect(other.details[0]?.message).toContain('is not available');
  });

  it('is deleted and purged', async () => {
    await submitPrivate('HospitalA', 'putPrivate', ['claims', 'gone'], 'secret');
    await contract('HospitalA').submitTransaction('deletePrivate', 'claims', 'gone');
    expect(await evaluate('HospitalA', 'getPrivate', ['claims', 'gone'])).toBe('');
    await submitPrivate('HospitalA', 'putPrivate', ['claims', 'purged'], 'secret');
    await contract('HospitalA').submitTransaction('purge', 'claims', 'purged');
    expect(await evaluate('InsurerA', 'getPrivate', ['claims', 'purged'])).toBe('');
    expect(await evaluate('LabA', 'privateHash', ['claims', 'purged'])).toBe('');
  });

  it('is queried in reading transactions alone', async () => {
    await submitPrivate('HospitalA', 'putPrivate', ['claims', 'line'], 'secret');
    const found = JSON.parse(await evaluate('HospitalA', 'rangePrivate', ['claims', 'l', 'm'])) as string[];
    expect(found).toEqual(['line=secret']);
    const error = await refusal(contract('HospitalA').submitTransaction('rangePrivateAndPut', 'claims'));
    expect(error.details[0]?.message).toContain('has already performed queries on pvt data');
  });

  it('is delivered to members at members’ peers alone', async () => {
    const commit = await contract('HospitalA').submitAsync('putPrivate', {
      arguments: ['claims', 'delivered'],
      transientData: { value: 'for the pair' },
    });
    const { blockNumber } = await commit.getStatus();
    const seenBy = async (org: Org): Promise<string> => {
      const events = await gateways[org]
        .getNetwork(CHANNEL)
        .getBlockAndPrivateDataEvents({ startBlock: blockNumber });
      try {
        for await (const event of events) {
          const sets = [...event.getPrivateDataMapMap().entries()].map(([, set]) => set);
          return sets
            .map((set: ledger.rwset.TxPvtReadWriteSet) => Buffer.from(set.serializeBinary()).toString())
            .join();
        }
      } finally {
        events.close();
      }
      return '';
    };
    expect(await seenBy('HospitalA')).toContain('for the pair');
    expect(await seenBy('InsurerA')).toContain('for the pair');
    expect(await seenBy('HospitalB')).toBe('');
    expect(await seenBy('InsurerB')).toBe('');
  });
});

describe('key-level policies', () => {
  it('replace the chaincode’s policy for their key, and the gateway asks whom they name', async () => {
    const policy = policyArgument(outOfMsps(2, ['InsurerA', 'InsurerB']));
    await contract('HospitalA').submitTransaction('putWithPolicy', 'decision', 'open', policy);
    expect(await evaluate('LabA', 'getPolicy', ['decision'])).toBe(policy);
    await contract('InsurerA').submitTransaction('put', 'decision', 'decided');
    expect(await evaluate('HospitalA', 'get', ['decision'])).toBe('decided');
    const commit = await contract('HospitalA').submitAsync('put', {
      arguments: ['decision', 'forged'],
      endorsingOrganizations: [...CARE],
    });
    expect((await commit.getStatus()).code).toBe(TxValidationCode.ENDORSEMENT_POLICY_FAILURE);
    expect(await evaluate('HospitalA', 'get', ['decision'])).toBe('decided');
  });

  it('may be weaker than the chaincode’s', async () => {
    await contract('HospitalA').submitTransaction(
      'putWithPolicy',
      'note',
      'open',
      policyArgument(anyMemberOf(['LabA'])),
    );
    await contract('LabA').submit('put', { arguments: ['note', 'alone'], endorsingOrganizations: ['LabA'] });
    expect(await evaluate('HospitalA', 'get', ['note'])).toBe('alone');
  });
});
