import { msp } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import type { Identity } from '../parts.js';
import {
  combinedLayouts,
  compilePolicy,
  decodePolicy,
  majorityOf,
  parsePolicy,
  policyLayouts,
} from './index.js';

/** An identity that has one role at one organisation, and membership. */
function identity(name: string): Identity {
  const [mspId = '', role = ''] = name.split('.');
  const roles = { member: 0, admin: 1, client: 2, peer: 3, orderer: 4 } as const;
  return {
    mspId,
    certificatePem: '',
    serialized: Buffer.from(name),
    organisationalUnits: [],
    fingerprint: name,
    notAfter: new Date(),
    verify: () => true,
    remember: () => undefined,
    validate: () => undefined,
    satisfies: (principal) => {
      const wanted = msp.MSPRole.deserializeBinary(principal.getPrincipal_asU8());
      return (
        wanted.getMspIdentifier() === mspId &&
        (wanted.getRole() === 0 || wanted.getRole() === roles[role as keyof typeof roles])
      );
    },
  };
}
const satisfied = (policy: string, ...names: string[]) =>
  compilePolicy(parsePolicy(policy))(names.map(identity));
const layouts = (policy: string) =>
  policyLayouts(parsePolicy(policy)).map((layout) => Object.fromEntries(layout));

describe('the policy language', () => {
  it.each([
    ["AND('A.peer', 'B.peer')", ['A.peer', 'B.peer'], true],
    ["AND('A.peer', 'B.peer')", ['A.peer'], false],
    ["and('A.peer','B.member')", ['A.peer', 'B.client'], true],
    ["Or('A.peer', 'B.peer')", ['B.peer'], true],
    ["OR('A.peer', 'B.peer')", ['C.peer'], false],
    ["OutOf(2, 'A.peer', 'B.peer', 'C.peer')", ['C.peer', 'A.peer'], true],
    ["OutOf(2, 'A.peer', 'B.peer', 'C.peer')", ['C.peer', 'C.peer'], false],
    ["OutOf('1', 'A.admin')", ['A.admin'], true],
    ["OutOf(0, 'A.peer')", [], true],
    ["OutOf(2, 'A.peer')", ['A.peer'], false],
    ["AND('A.peer', OutOf(2,'B.member','C.admin','D.peer'))", ['A.peer', 'B.client', 'D.peer'], true],
    ["AND('A.peer', OutOf(2,'B.member','C.admin','D.peer'))", ['A.peer', 'B.client', 'C.peer'], false],
    ['AND("org-1.example.peer", \'Org.2.orderer\')', ['org-1.example.peer'], false],
    // One identity never counts for two principals.
    ["AND('A.member', 'A.peer')", ['A.peer'], false],
    ["AND('A.member', 'A.peer')", ['A.client', 'A.peer'], true],
    // First fit, as Fabric: the peer is used up by the member principal that comes first.
    ["AND('A.member', 'A.peer')", ['A.peer', 'A.client'], false],
    // What a failed branch used is given back.
    ["OR(AND('A.member', 'B.peer'), 'A.member')", ['A.client'], true],
  ] as const)('%s by %j is %s', (policy, names, expected) => {
    expect(satisfied(policy, ...names)).toBe(expected);
  });

  it.each([
    '',
    "AND('A.peer'",
    "AND('A.peer')) ",
    "NOT('A.peer')",
    "'A.peer'",
    "AND('A')",
    "AND('A.boss')",
    "AND('A peer.peer')",
    'OutOf(1)',
    "OutOf('A.peer')",
    "OutOf(3, 'A.peer')",
    "OutOf(-1, 'A.peer')",
    'AND(A.peer)',
    "AND('A.peer' 'B.peer')",
    "AND(,'A.peer')",
    `${"AND('A.peer', ".repeat(40)}'A.peer'${')'.repeat(40)}`,
  ])('refuses %j', (policy) => {
    expect(() => parsePolicy(policy)).toThrowError(expect.objectContaining({ code: 'POLICY_SYNTAX' }));
  });

  it('survives its encoding; refuses bytes that are no policy', () => {
    const policy = parsePolicy("AND('A.peer', 'B.peer')");
    expect(
      compilePolicy(decodePolicy(policy.serializeBinary()))([identity('A.peer'), identity('B.peer')]),
    ).toBe(true);
    policy.setIdentitiesList([]);
    expect(() => decodePolicy(policy.serializeBinary())).toThrowError(
      expect.objectContaining({ code: 'MALFORMED_POLICY' }),
    );
    expect(() => decodePolicy(Buffer.from('nonsense'))).toThrowError(
      expect.objectContaining({ code: 'MALFORMED_POLICY' }),
    );
    expect(() => decodePolicy(new Uint8Array())).toThrowError(
      expect.objectContaining({ code: 'MALFORMED_POLICY' }),
    );
  });
});

describe('layouts', () => {
  it('are the minimal sets, smallest first', () => {
    expect(layouts("OR('A.peer', AND('B.peer', 'C.peer'), AND('A.peer', 'B.peer'))")).toEqual([
      { A: 1 },
      { B: 1, C: 1 },
    ]);
    expect(layouts("OutOf(2, 'A.peer', 'B.peer', 'C.peer')")).toEqual([
      { A: 1, B: 1 },
      { A: 1, C: 1 },
      { B: 1, C: 1 },
    ]);
    expect(layouts("AND('A.peer', 'A.peer')")).toEqual([{ A: 2 }]);
    expect(layouts("OutOf(2, 'A.peer')")).toEqual([]);
    expect(layouts("OR('A.admin', 'B.peer')")).toEqual([{ B: 1 }]);
  });

  it('of several policies take the larger count of each organisation', () => {
    const combined = combinedLayouts([
      parsePolicy("AND('I.peer', OutOf(2, 'A.peer', 'B.peer', 'C.peer'))"),
      majorityOf(['A', 'B', 'C']),
    ]).map((layout) => Object.fromEntries(layout));
    expect(combined).toEqual([
      { I: 1, A: 1, B: 1 },
      { I: 1, A: 1, C: 1 },
      { I: 1, B: 1, C: 1 },
    ]);
    expect(combinedLayouts([])).toEqual([new Map()]);
  });

  it('of a majority among twelve stay quick', () => {
    const mspIds = Array.from({ length: 12 }, (_, i) => `M${String(i)}`);
    expect(policyLayouts(majorityOf(mspIds)).length).toBe(512);
    expect(majorityOf(['A', 'B', 'C', 'D']).getRule()?.getNOutOf()?.getN()).toBe(3);
  });
});
