import { beforeEach, describe, expect, it } from 'vitest';
import type { directory } from '../api/index.js';
import * as chaincode from '../index.js';
import { SIX_ORGANISATIONS, World, found, refusal, type Caller } from '../testing/index.js';

const NEW = { name: 'hospital-c', kind: 'hospital', mspId: 'HospitalCMSP' } as const;

describe('a membership', () => {
  let world: World;
  // Four care organisations: three are a majority.
  let admins: Record<'a' | 'b' | 'lab' | 'pharmacy' | 'insurer', Caller>;
  beforeEach(async () => {
    world = new World(chaincode, SIX_ORGANISATIONS);
    await found(world);
    const admin = (name: string) => world.caller(name, 'admin');
    admins = {
      a: await admin('hospital-a'),
      b: await admin('hospital-b'),
      lab: await admin('lab-a'),
      pharmacy: await admin('pharmacy-a'),
      insurer: await admin('insurer-a'),
    };
  });

  const approve = async (
    by: Caller,
    organisation: directory.Organisation = NEW,
    step: 'join' | 'leave' = 'join',
  ) =>
    (await world.submit(by, 'directory:approveMembership', { organisation, step }))
      .result as directory.Membership;
  const members = async () => {
    const consortium = await world.evaluate(admins.a, 'directory:consortium', {});
    return (consortium as directory.Consortium).organisations.map(({ name }) => name);
  };

  it('is decided by a majority of the care organisations, and no sooner', async () => {
    expect(await approve(admins.a)).toMatchObject({ status: 'proposed', approvedBy: ['hospital-a'] });
    expect(await approve(admins.b)).toMatchObject({ status: 'proposed' });
    expect(await members()).toHaveLength(6);
    expect(await approve(admins.lab)).toMatchObject({ status: 'decided', version: 3 });
    expect((await members()).at(-1)).toBe('hospital-c');
    expect(await refusal(approve(admins.pharmacy))).toBe('ALREADY_EXISTS');
  });

  it('counts every care organisation once, and nobody else', async () => {
    await approve(admins.a);
    expect(await refusal(approve(admins.a))).toBe('ALREADY_EXISTS');
    expect(await refusal(approve(admins.insurer))).toBe('UNAUTHORIZED_ORGANISATION');
    const clerk = await world.caller('hospital-b', 'clerk');
    expect(await refusal(approve(clerk))).toBe('UNAUTHORIZED_ROLE');
  });

  it('counts those alone who approve the same: another kind or MSP begins anew', async () => {
    await approve(admins.a);
    await approve(admins.b);
    const other = { ...NEW, mspId: 'SomebodyMSP' };
    expect(await approve(admins.lab, other)).toMatchObject({ status: 'proposed', approvedBy: ['lab-a'] });
    expect(await members()).not.toContain('hospital-c');
    expect(await refusal(approve(admins.lab, { ...NEW, mspId: 'HospitalAMSP' }))).toBe('ALREADY_EXISTS');
  });

  it('ends by a majority, too: who has left does not act any more', async () => {
    const leaving = SIX_ORGANISATIONS.find(({ name }) => name === 'pharmacy-a') as directory.Organisation;
    expect(await refusal(approve(admins.a, { ...leaving, mspId: 'OtherMSP' }, 'leave'))).toBe('NOT_FOUND');
    for (const by of [admins.a, admins.b, admins.lab]) await approve(by, leaving, 'leave');
    expect(await members()).not.toContain('pharmacy-a');
    expect(await refusal(approve(admins.pharmacy))).toBe('UNAUTHORIZED_ORGANISATION');
    // Two of three are a majority from now on.
    await approve(admins.a);
    expect(await approve(admins.b)).toMatchObject({ status: 'decided' });
  });

  it('does not end where too few would stay', async () => {
    const [hospital, insurer] = [SIX_ORGANISATIONS[0], SIX_ORGANISATIONS[2]] as directory.Organisation[];
    const small = new World(chaincode, [hospital, insurer] as directory.Organisation[]);
    await found(small);
    const admin = await small.caller('hospital-a', 'admin');
    const leave = { organisation: insurer as directory.Organisation, step: 'leave' as const };
    expect(await refusal(small.submit(admin, 'directory:approveMembership', leave))).toBe('INVALID_STATE');
  });
});
