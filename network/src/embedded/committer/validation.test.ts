import { common, msp, peer } from '@hyperledger/fabric-protos';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeSigner } from '../identity/index.js';
import type { NodeSigner } from '../parts.js';
import { outOfMsps, parsePolicy } from '../policy/index.js';
import { TestChannel } from '../testing/test-channel.js';
import type { makeTransaction, TestTransactionOptions } from '../testing/transactions.js';

const Code = peer.TxValidationCode;
type CodeName = keyof peer.TxValidationCodeMap;
type Options = Omit<TestTransactionOptions, 'creator' | 'endorsers'> & Partial<TestTransactionOptions>;
const VALIDATION_PARAMETER = 'VALIDATION_PARAMETER';

let channel: TestChannel;
let counter = 0;

const nameOf = (code: number): string =>
  Object.entries(Code).find(([, value]) => value === code)?.[0] ?? String(code);

/** Codes of the transactions, put into one block past the orderer's own checks. */
async function codes(...transactions: ReturnType<typeof makeTransaction>[]): Promise<string[]> {
  const block = await channel.commitDirectly(...transactions);
  return block.transactions.map(({ code }) => nameOf(code));
}
const write = (key: string, value = 'v') => ({ writes: { [key]: value } });
const fresh = (): string => `key${String((counter += 1))}`;
const transaction = (options: Options) => channel.transaction(options);
const policy = (text: string) => ({ [VALIDATION_PARAMETER]: parsePolicy(text).serializeBinary() });
const endorsedBy = (...names: ('A' | 'B' | 'C' | 'D')[]): NodeSigner[] =>
  names.map((name) => channel.peers[name]);

beforeAll(async () => {
  channel = await TestChannel.make();
});
afterAll(() => channel.remove());

describe('form and creator', () => {
  const cases: [CodeName, string, TestTransactionOptions['tamper']][] = [
    [
      'BAD_PAYLOAD',
      'a payload that is no message',
      { envelope: (e) => e.setPayload(Buffer.from('ffff', 'hex')) },
    ],
    ['BAD_COMMON_HEADER', 'no header', { payload: (p) => p.setHeader(undefined) }],
    ['BAD_COMMON_HEADER', 'an unknown type', { channelHeader: (h) => h.setType(common.HeaderType.MESSAGE) }],
    ['BAD_COMMON_HEADER', 'an epoch', { channelHeader: (h) => h.setEpoch(1) }],
    ['BAD_COMMON_HEADER', 'no nonce', { signatureHeader: (h) => h.setNonce('') }],
    [
      'BAD_CREATOR_SIGNATURE',
      'a foreign signature',
      { envelope: (e) => e.setSignature(Buffer.from('30', 'hex')) },
    ],
    ['BAD_CREATOR_SIGNATURE', 'no identity', { signatureHeader: (h) => h.setCreator(Buffer.from('x')) }],
    [
      'UNSUPPORTED_TX_PAYLOAD',
      'an update of the configuration',
      { channelHeader: (h) => h.setType(common.HeaderType.CONFIG_UPDATE) },
    ],
    [
      'INVALID_CONFIG_TRANSACTION',
      'what is no configuration',
      { channelHeader: (h) => h.setType(common.HeaderType.CONFIG) },
    ],
    ['BAD_PROPOSAL_TXID', 'a made-up id', { channelHeader: (h) => h.setTxId('made-up') }],
    ['INVALID_ENDORSER_TRANSACTION', 'no action', { transaction: (t) => t.setActionsList([]) }],
    [
      'INVALID_ENDORSER_TRANSACTION',
      'two actions',
      { transaction: (t) => t.setActionsList([...t.getActionsList(), ...t.getActionsList()]) },
    ],
    [
      'INVALID_ENDORSER_TRANSACTION',
      'another proposal',
      { responsePayload: (p) => p.setProposalHash(Buffer.from('other')) },
    ],
    ['TARGET_CHAIN_NOT_FOUND', 'another channel', { channelHeader: (h) => h.setChannelId('other') }],
    [
      'BAD_HEADER_EXTENSION',
      'a broken extension',
      { channelHeader: (h) => h.setExtension$(Buffer.from('0aff', 'hex')) },
    ],
    [
      'BAD_RESPONSE_PAYLOAD',
      'a broken action',
      { responsePayload: (p) => p.setExtension$(Buffer.from('0aff', 'hex')) },
    ],
    ['BAD_RWSET', 'a broken read-write set', { action: (a) => a.setResults(Buffer.from('12ff', 'hex')) }],
    ['INVALID_OTHER_REASON', 'no chaincode id', { action: (a) => a.setChaincodeId(undefined) }],
    [
      'INVALID_CHAINCODE',
      'two names',
      {
        action: (a) => {
          const id = new peer.ChaincodeID();
          id.setName('other');
          id.setVersion('1.0');
          a.setChaincodeId(id);
        },
      },
    ],
  ];
  it.each(cases)('%s: %s', async (code, _, tamper) => {
    expect(await codes(transaction({ sets: [write(fresh())], tamper }))).toEqual([code]);
  });

  it('NIL_ENVELOPE and INVALID_OTHER_REASON: bytes that are no envelope', async () => {
    const block = await channel.commitBytes([new Uint8Array(), Buffer.from('ffff', 'hex')]);
    expect(block.transactions.map(({ code }) => nameOf(code))).toEqual([
      'NIL_ENVELOPE',
      'INVALID_OTHER_REASON',
    ]);
  });

  it('BAD_CREATOR_SIGNATURE: a revoked creator', async () => {
    const organisation = channel.organisations.A;
    const user = await organisation?.issue('revoked');
    if (organisation === undefined || user === undefined) throw new Error('no user');
    const creator = nodeSigner({ mspId: 'A', dir: user.dir, endpoint: '' });
    expect(await codes(transaction({ creator, sets: [write(fresh())] }))).toEqual(['VALID']);
    await organisation.revoke(user.serialNumber);
    await expect
      .poll(() => codes(transaction({ creator, sets: [write(fresh())] })))
      .toEqual(['BAD_CREATOR_SIGNATURE']);
  });

  it('DUPLICATE_TXID: in one block and in a later one', async () => {
    const first = transaction({ sets: [write(fresh())] });
    expect(await codes(first, first)).toEqual(['VALID', 'DUPLICATE_TXID']);
    expect(await codes(first)).toEqual(['DUPLICATE_TXID']);
    expect(channel.ledger.transaction(first.txId)?.code).toBe(Code.VALID);
  });

  it('INVALID_CHAINCODE, ILLEGAL_WRITESET, INVALID_WRITESET, a foreign event', async () => {
    expect(
      await codes(
        transaction({ chaincode: 'unknown', sets: [] }),
        transaction({ version: '', sets: [write(fresh())] }),
        transaction({ sets: [write(fresh()), write(fresh())] }),
        transaction({ sets: [write('')] }),
        transaction({ sets: [write('x'.repeat(4000))] }),
        transaction({ sets: [write(fresh())], event: { name: 'e', chaincode: 'other' } }),
        transaction({ sets: [write(fresh()), { namespace: 'unknown', ...write(fresh()) }] }),
      ),
    ).toEqual([
      'INVALID_CHAINCODE',
      'INVALID_CHAINCODE',
      'ILLEGAL_WRITESET',
      'VALID',
      'INVALID_WRITESET',
      'INVALID_OTHER_REASON',
      'INVALID_CHAINCODE',
    ]);
  });
});

describe('endorsements', () => {
  it('have to satisfy the chaincode policy, each identity once, by peers, with fitting signatures', async () => {
    const sets = () => [write(fresh())];
    const badSignature = { endorsement: (e: peer.Endorsement) => e.setSignature(Buffer.from('30', 'hex')) };
    expect(
      await codes(
        transaction({ sets: sets(), endorsers: endorsedBy('A', 'B', 'D') }),
        transaction({ sets: sets(), endorsers: endorsedBy('A', 'B') }),
        transaction({ sets: sets(), endorsers: endorsedBy('A', 'B', 'B', 'A') }),
        transaction({ sets: sets(), endorsers: [] }),
        transaction({ sets: sets(), endorsers: [...endorsedBy('A', 'B'), channel.clients.C] }),
        transaction({ sets: sets(), tamper: badSignature }),
        transaction({ sets: [], endorsers: endorsedBy('A', 'B') }),
      ),
    ).toEqual(['VALID', ...Array.from({ length: 6 }, () => 'ENDORSEMENT_POLICY_FAILURE')]);
  });

  it('of a collection follow its own policy, an implicit one its organisation', async () => {
    const inCollection = (name: string, ...endorsers: ('A' | 'B' | 'C' | 'D')[]) =>
      transaction({
        sets: [{ private: { [name]: { writes: { [fresh()]: 'v' } } } }],
        endorsers: endorsedBy(...endorsers),
      });
    expect(
      await codes(
        inCollection('pair', 'A', 'B'),
        inCollection('pair', 'A', 'C', 'D'),
        inCollection('plain', 'A', 'B'),
        inCollection('plain', 'A', 'B', 'C'),
        inCollection('_implicit_org_D', 'D'),
        inCollection('_implicit_org_D', 'A', 'B', 'C'),
        inCollection('_implicit_org_Nobody', 'A', 'B', 'C'),
        inCollection('absent', 'A', 'B', 'C', 'D'),
        transaction({
          sets: [{ ...write(fresh()), private: { pair: { writes: { [fresh()]: 'v' } } } }],
          endorsers: endorsedBy('A', 'B'),
        }),
      ),
    ).toEqual([
      'VALID',
      'ENDORSEMENT_POLICY_FAILURE',
      'ENDORSEMENT_POLICY_FAILURE',
      'VALID',
      'VALID',
      'ENDORSEMENT_POLICY_FAILURE',
      'ENDORSEMENT_POLICY_FAILURE',
      'ENDORSEMENT_POLICY_FAILURE',
      'ENDORSEMENT_POLICY_FAILURE',
    ]);
  });
});

describe('what a member could send to stop the ledger', () => {
  it('is one more invalid transaction, or nothing', async () => {
    const garbage = new msp.MSPPrincipal();
    garbage.setPrincipalClassification(msp.MSPPrincipal.Classification.ROLE);
    garbage.setPrincipal(Buffer.from('0aff', 'hex'));
    const parameter = parsePolicy("OR('A.peer')");
    parameter.setIdentitiesList([garbage]);
    const key = fresh();
    const metadata = { [key]: { [VALIDATION_PARAMETER]: parameter.serializeBinary() } };
    const long = 'x'.repeat(70_000);
    expect(
      await codes(
        transaction({ sets: [{ ...write(key), metadata }] }),
        transaction({ sets: [{ ...write(fresh()), reads: { [long]: undefined } }] }),
        transaction({ sets: [{ ...write(fresh()), ranges: [{ start: long, end: `${long}y`, reads: [] }] }] }),
        transaction({ sets: [{ private: { plain: { writes: { [long]: 'v' } } } }] }),
        transaction({ sets: [{ private: { '': { writes: { [fresh()]: 'v' } } } }] }),
        transaction({ sets: [{ metadata: { '': { note: Buffer.from('x') } } }] }),
      ),
    ).toEqual(['VALID', 'VALID', 'VALID', 'VALID', 'INVALID_WRITESET', 'VALID']);
    const noted = fresh();
    expect(
      await codes(
        transaction({ sets: [write(key)] }),
        transaction({ sets: [{ ...write(noted), metadata: { [noted]: { [long]: Buffer.from('x') } } }] }),
      ),
    ).toEqual(['ENDORSEMENT_POLICY_FAILURE', 'VALID']);
    const snapshot = channel.ledger.snapshot();
    expect(snapshot.get('cc', noted)?.metadata?.get(long)).toEqual(Buffer.from('x'));
    expect([...snapshot.range('cc', long, '')]).toEqual([]);
    expect([...snapshot.history('cc', long)]).toEqual([]);
    expect(() => snapshot.getPrivate('cc', 'plain', long)).toThrowError(
      expect.objectContaining({ code: 'PRIVATE_DATA_MISSING' }),
    );
    snapshot.close();
  });
});

describe('key-level policies', () => {
  it('replace the chaincode policy for their key, for values and for the policy itself', async () => {
    const key = fresh();
    expect(
      await codes(
        transaction({ sets: [{ ...write(key), metadata: { [key]: policy("AND('A.peer', 'D.peer')") } }] }),
      ),
    ).toEqual(['VALID']);
    expect(await codes(transaction({ sets: [write(key)], endorsers: endorsedBy('A', 'B', 'C') }))).toEqual([
      'ENDORSEMENT_POLICY_FAILURE',
    ]);
    expect(
      await codes(transaction({ sets: [write(key, 'by A and D')], endorsers: endorsedBy('A', 'D') })),
    ).toEqual(['VALID']);
    const weaken = { metadata: { [key]: policy("OR('B.peer')") } };
    expect(await codes(transaction({ sets: [weaken], endorsers: endorsedBy('A', 'B', 'C') }))).toEqual([
      'ENDORSEMENT_POLICY_FAILURE',
    ]);
    expect(await codes(transaction({ sets: [weaken], endorsers: endorsedBy('A', 'D') }))).toEqual(['VALID']);
    expect(await codes(transaction({ sets: [write(key, 'by B')], endorsers: endorsedBy('B') }))).toEqual([
      'VALID',
    ]);
    const off = { metadata: { [key]: {} } };
    expect(await codes(transaction({ sets: [off], endorsers: endorsedBy('B') }))).toEqual(['VALID']);
    expect(await codes(transaction({ sets: [write(key)], endorsers: endorsedBy('B') }))).toEqual([
      'ENDORSEMENT_POLICY_FAILURE',
    ]);
  });

  it('survive a write of the value, end with a deletion', async () => {
    const key = fresh();
    await codes(transaction({ sets: [{ ...write(key), metadata: { [key]: policy("OR('D.peer')") } }] }));
    await codes(transaction({ sets: [write(key, 'again')], endorsers: endorsedBy('D') }));
    expect(await codes(transaction({ sets: [write(key)] }))).toEqual(['ENDORSEMENT_POLICY_FAILURE']);
    expect(
      await codes(transaction({ sets: [{ writes: { [key]: null } }], endorsers: endorsedBy('D') })),
    ).toEqual(['VALID']);
    expect(await codes(transaction({ sets: [write(key)] }))).toEqual(['VALID']);
  });

  it('that were changed earlier in the block fail what comes after, unless that change was invalid', async () => {
    const key = fresh();
    const set = { metadata: { [key]: policy("OR('D.peer')") } };
    await codes(transaction({ sets: [write(key)] }));
    expect(
      await codes(
        transaction({ sets: [set], endorsers: endorsedBy('A') }),
        transaction({ sets: [write(key, 'after an invalid change')] }),
        transaction({ sets: [set] }),
        transaction({ sets: [write(key, 'after a valid change')] }),
        transaction({ sets: [write(key)], endorsers: endorsedBy('D') }),
      ),
    ).toEqual([
      'ENDORSEMENT_POLICY_FAILURE',
      'VALID',
      'VALID',
      'ENDORSEMENT_POLICY_FAILURE',
      'ENDORSEMENT_POLICY_FAILURE',
    ]);
    expect(await codes(transaction({ sets: [write(key)], endorsers: endorsedBy('D') }))).toEqual(['VALID']);
  });

  it('hold for private keys by their hash', async () => {
    const key = fresh();
    const both = { writes: { [key]: 'v' }, metadata: { [key]: policy("OR('B.peer')") } };
    await codes(transaction({ sets: [{ private: { pair: both } }], endorsers: endorsedBy('A', 'B') }));
    const again = { private: { pair: { writes: { [key]: 'w' } } } };
    expect(
      await codes(
        transaction({ sets: [again], endorsers: endorsedBy('A') }),
        transaction({ sets: [again], endorsers: endorsedBy('B') }),
      ),
    ).toEqual(['ENDORSEMENT_POLICY_FAILURE', 'VALID']);
  });

  it('that cannot be read let nobody write', async () => {
    const key = fresh();
    const broken = { [VALIDATION_PARAMETER]: Buffer.from('ffff', 'hex') };
    await codes(transaction({ sets: [{ ...write(key), metadata: { [key]: broken } }] }));
    expect(await codes(transaction({ sets: [write(key)] }))).toEqual(['ENDORSEMENT_POLICY_FAILURE']);
  });

  it('bind the decision key of a claim to its insurer and a majority', async () => {
    const key = fresh();
    const parameter = {
      [VALIDATION_PARAMETER]: parsePolicy(
        "AND('D.peer', OutOf(2, 'A.peer', 'B.peer', 'C.peer'))",
      ).serializeBinary(),
    };
    await codes(transaction({ sets: [{ ...write(key), metadata: { [key]: parameter } }] }));
    const by = (...names: ('A' | 'B' | 'C' | 'D')[]) =>
      transaction({ sets: [write(key)], endorsers: endorsedBy(...names) });
    expect(await codes(by('A', 'B', 'C'), by('D'), by('D', 'A'), by('D', 'A', 'C'))).toEqual([
      'ENDORSEMENT_POLICY_FAILURE',
      'ENDORSEMENT_POLICY_FAILURE',
      'ENDORSEMENT_POLICY_FAILURE',
      'VALID',
    ]);
    expect(outOfMsps(2, ['A', 'B']).getIdentitiesList()).toHaveLength(2);
  });
});
