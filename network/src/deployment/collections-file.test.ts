import { describe, expect, it } from 'vitest';
import { parseCollections, readCollections } from './collections-file.js';
import { applicationPolicy } from './definition.js';

const COLLECTION = { name: 'pair', policy: "OR('A.member','B.member')" };
const parse = (value: unknown) => parseCollections(JSON.stringify(value, null, 2), 'collections.json');

describe('a collections file', () => {
  it('has Fabric’s form and defaults', () => {
    const [first, second] = parse([
      COLLECTION,
      {
        ...COLLECTION,
        name: 'other',
        requiredPeerCount: 1,
        maxPeerCount: 3,
        blockToLive: 7,
        memberOnlyRead: true,
        endorsementPolicy: { signaturePolicy: "AND('A.peer','B.peer')" },
      },
    ])
      .getConfigList()
      .map((config) => config.getStaticCollectionConfig());
    expect(first?.toObject()).toMatchObject({
      name: 'pair',
      requiredPeerCount: 0,
      maximumPeerCount: 1,
      blockToLive: 0,
      memberOnlyRead: false,
      memberOnlyWrite: false,
      endorsementPolicy: undefined,
    });
    expect(second?.toObject()).toMatchObject({ requiredPeerCount: 1, maximumPeerCount: 3, blockToLive: 7 });
    expect(second?.getEndorsementPolicy()?.hasSignaturePolicy()).toBe(true);
  });

  it.each([
    ['no list', {}, 'expected array'],
    ['an unknown field', [{ ...COLLECTION, members: [] }], 'line 2, [0]: Unrecognized key'],
    ['no policy', [{ name: 'a' }], 'line 2, [0].policy'],
    [
      'a bad name',
      [{ ...COLLECTION, name: '_a' }],
      "line 3, [0].name: must be a collection name by Fabric's rule",
    ],
    ['a policy that does not parse', [{ ...COLLECTION, policy: 'OR(' }], 'line 4, [0].policy: policy "OR("'],
    ['a name twice', [COLLECTION, COLLECTION], '[1].name: pair is there twice'],
    [
      'more peers required than there may be',
      [{ ...COLLECTION, requiredPeerCount: 2, maxPeerCount: 1 }],
      '[0].maxPeerCount: must not be less than requiredPeerCount',
    ],
    [
      'an endorsement policy that does not parse',
      [{ ...COLLECTION, endorsementPolicy: { signaturePolicy: 'x' } }],
      '[0].endorsementPolicy: policy "x"',
    ],
  ])('with %s is refused with line and field', (_what, value, reason) => {
    expect(() => parse(value)).toThrowError(
      expect.objectContaining({
        code: 'COLLECTIONS_INVALID',
        message: expect.stringContaining(reason) as unknown,
      }),
    );
  });

  it('that is no JSON, or not there, is named', () => {
    expect(() => parseCollections('[{', 'x.json')).toThrowError(/x\.json: line 1/);
    expect(() => readCollections('/nowhere/x.json')).toThrowError(/there is no such file/);
  });
});

describe('a chaincode’s policy', () => {
  it('is written out, named, or left to the channel', () => {
    expect(applicationPolicy().getChannelConfigPolicyReference()).toBe('/Channel/Application/Endorsement');
    expect(applicationPolicy('/Channel/Application/Admins').getChannelConfigPolicyReference()).toBe(
      '/Channel/Application/Admins',
    );
    expect(applicationPolicy("OutOf(1,'A.peer')").hasSignaturePolicy()).toBe(true);
    expect(() => applicationPolicy('OR(A.peer)')).toThrowError(
      expect.objectContaining({ code: 'POLICY_SYNTAX' }),
    );
  });
});
