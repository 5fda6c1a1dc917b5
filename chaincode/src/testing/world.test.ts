import { Contract, type Context } from 'fabric-contract-api';
import { common, msp } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { canonicalJson, claimsCollection, invoicesCollection } from '../api/index.js';
import { SIX_ORGANISATIONS } from './consortiums.js';
import { World, commitFailure, type Caller } from './world.js';
import { EndorsementMismatch, Refused } from './world-errors.js';

const PAIR = claimsCollection('hospital-a', 'insurer-a');

/** Misuses names of our functions to reach each of the ledger's rules. */
class Probe extends Contract {
  constructor() {
    super('billing');
  }
  async openClaim(ctx: Context, argument: string): Promise<void> {
    const { id } = JSON.parse(argument) as { id: string };
    const key = ctx.stub.createCompositeKey('claim', [id]);
    await ctx.stub.putState(
      key,
      Buffer.from(canonicalJson({ hospital: 'hospital-a', insurer: 'insurer-a' })),
    );
    if ((await ctx.stub.getState(key)).length > 0) throw new Error('read its own write');
    await ctx.stub.setStateValidationParameter(key, bothOf('InsurerAMSP', 'HospitalAMSP'));
  }
  async withdrawClaim(ctx: Context, argument: string): Promise<void> {
    const { id } = JSON.parse(argument) as { id: string };
    const key = ctx.stub.createCompositeKey('claim', [id]);
    const before = await ctx.stub.getState(key);
    await ctx.stub.putState(key, Buffer.concat([before, Buffer.from(' ')]));
  }
  async putClaimLines(ctx: Context, argument: string): Promise<void> {
    const { id } = JSON.parse(argument) as { id: string };
    await ctx.stub.putPrivateData(PAIR, id, ctx.stub.getTransient().get('private') ?? Buffer.alloc(0));
  }
  async getClaimLines(ctx: Context, argument: string): Promise<string> {
    const { id } = JSON.parse(argument) as { id: string };
    return Buffer.from(await ctx.stub.getPrivateData(PAIR, id)).toString('utf8');
  }
  async voidInvoice(ctx: Context): Promise<string> {
    return String(Math.random()) + ctx.stub.getDateTimestamp().toISOString();
  }
  async getInvoice(ctx: Context): Promise<string> {
    return `${ctx.clientIdentity.getMSPID()} ${ctx.clientIdentity.getAttributeValue('role') ?? ''} ${ctx.stub.getDateTimestamp().toISOString()}`;
  }
  async issueInvoice(ctx: Context): Promise<void> {
    await ctx.stub.putPrivateData(invoicesCollection('hospital-b'), 'k', Buffer.from('details'));
  }
}

function bothOf(...mspIds: string[]): Uint8Array {
  const envelope = new common.SignaturePolicyEnvelope();
  const all = new common.SignaturePolicy.NOutOf();
  all.setN(mspIds.length);
  mspIds.forEach((mspId, index) => {
    const role = new msp.MSPRole();
    role.setMspIdentifier(mspId);
    const principal = new msp.MSPPrincipal();
    principal.setPrincipal(role.serializeBinary());
    envelope.addIdentities(principal);
    const signedBy = new common.SignaturePolicy();
    signedBy.setSignedBy(index);
    all.addRules(signedBy);
  });
  const rule = new common.SignaturePolicy();
  rule.setNOutOf(all);
  envelope.setRule(rule);
  return envelope.serializeBinary();
}

const PROBE = {
  contracts: [Probe],
  serializers: {
    transaction: 'text',
    serializers: {
      text: class {
        toBuffer = (result: unknown) =>
          result === undefined ? undefined : Buffer.from(JSON.stringify(result));
        fromBuffer = (data: Uint8Array) => ({ value: Buffer.from(data).toString('utf8') });
      },
    },
  },
};
const HASH = 'a'.repeat(64);
const open = (id: string) => ({ id, insurer: 'insurer-a', linesHash: HASH, idempotencyKey: 'key-00000' });

describe('a world in memory', () => {
  const start = async (organisations = SIX_ORGANISATIONS) => {
    const world = new World(PROBE, organisations);
    const id = world.id();
    const billing = await world.caller('hospital-a', 'billing');
    return { world, id, billing };
  };
  const opened = async () => {
    const context = await start();
    await context.world.submit(context.billing, 'billing:openClaim', open(context.id));
    return context;
  };
  const put = (world: World, caller: Caller, id: string, endorsers?: string[]) =>
    world.endorse(
      caller,
      'billing:putClaimLines',
      { id },
      { private: { salt: 'canary' } as never, endorsers },
    );

  it('runs the real shim: identity, attributes, time', async () => {
    const { world, billing, id } = await start();
    world.advance(90);
    expect(await world.evaluate(billing, 'billing:getInvoice', { id })).toBe(
      'HospitalAMSP billing 2026-01-05T08:01:30.000Z',
    );
  });

  it('shows a write only after the commit, to everybody', async () => {
    const { world, id } = await opened();
    expect(world.value('claim', id)).toEqual({ hospital: 'hospital-a', insurer: 'insurer-a' });
  });

  it('wants a majority of the care organisations for a public key', async () => {
    const { world, billing, id } = await start();
    const input = open(id);
    for (const endorsers of [
      ['hospital-a', 'lab-a'],
      ['hospital-a', 'lab-a', 'insurer-a', 'insurer-b'],
    ]) {
      const endorsed = await world.endorse(billing, 'billing:openClaim', input, { endorsers });
      expect(commitFailure(world, endorsed).validation).toBe('ENDORSEMENT_POLICY_FAILURE');
    }
    expect(world.value('claim', id)).toBeUndefined();
  });

  it('lets a key-level policy replace the chaincode policy', async () => {
    const { world, billing, id } = await opened();
    const majority = await world.endorse(billing, 'billing:withdrawClaim', { id });
    expect(commitFailure(world, majority).validation).toBe('ENDORSEMENT_POLICY_FAILURE');
    await world.submit(billing, 'billing:withdrawClaim', { id }, { endorsers: ['insurer-a', 'hospital-a'] });
  });

  it('finds read conflicts between two transactions endorsed at one height', async () => {
    const { world, billing, id } = await opened();
    const both = { endorsers: ['insurer-a', 'hospital-a'] };
    const first = await world.endorse(billing, 'billing:withdrawClaim', { id }, both);
    const second = await world.endorse(billing, 'billing:withdrawClaim', { id }, both);
    world.commit(first);
    expect(commitFailure(world, second).validation).toBe('MVCC_READ_CONFLICT');
  });

  it('gives transient data and private values to the pair alone', async () => {
    const { world, billing, id } = await opened();
    world.commit(await put(world, billing, id));
    expect(world.disclosure.whoKnows('canary')).toEqual(['hospital-a', 'insurer-a']);
    const adjuster = await world.caller('insurer-a', 'adjuster');
    expect(await world.evaluate(adjuster, 'billing:getClaimLines', { id })).toContain('canary');
    await expect(
      world.evaluate(billing, 'billing:getClaimLines', { id }, { endorsers: ['lab-a'] }),
    ).rejects.toThrow('not available');
    const rival = await world.caller('insurer-b', 'adjuster');
    await expect(world.evaluate(rival, 'billing:getClaimLines', { id })).rejects.toThrow(Refused);
    await expect(put(world, rival, id)).rejects.toThrow('write access permission');
  });

  it('checks the policy of a collection, and tells who saw what was sent astray', async () => {
    const { world, billing, id } = await opened();
    const alone = await put(world, billing, id, ['hospital-a']);
    expect(commitFailure(world, alone).validation).toBe('ENDORSEMENT_POLICY_FAILURE');
    await put(world, billing, id, ['hospital-a', 'lab-a']);
    expect(world.disclosure.whoKnows('canary')).toContain('lab-a');
    const clerk = await world.caller('hospital-b', 'clerk');
    const own = await world.endorse(
      clerk,
      'billing:issueInvoice',
      { id, detailsHash: HASH, idempotencyKey: 'key-00000' },
      { endorsers: ['hospital-b'] },
    );
    world.commit(own);
  });

  it('refuses endorsers that differ', async () => {
    const { world, billing, id } = await start();
    await expect(world.submit(billing, 'billing:voidInvoice', { id })).rejects.toThrow(EndorsementMismatch);
  });
});
