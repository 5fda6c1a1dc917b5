import type { Person, Role } from '@medaccord/chaincode/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { identifier, migrate, openDatabase, type Database } from '../database/index.js';
import { BlockBuilder } from '../testing/block-builder.js';
import { startPostgres, type TestPostgres } from '../testing/postgres.js';
import { consentDetails, consentState, hashOf, idOf, sampleChain, writes } from '../testing/sample-chain.js';
import { GrowingBlocks } from '../testing/delivered-blocks.js';
import { blockSource } from './block-source.js';
import { rebuildCommand, verifyCommand } from './commands.js';
import { decodeBlock } from './decode-block.js';
import type { Ledger } from '../ports.js';
import { committedAccess } from './committed-access.js';
import { readYourWrites } from './read-your-writes.js';
import { followLedger, type FollowLog } from './follow-ledger.js';
import { parseValue } from './parse-value.js';
import { projectBlock } from './project-block.js';
import { readModel } from './read-model.js';
import { rebuild } from './rebuild.js';
import { ASSET_TABLES } from './projections.js';
import { ledgerTables } from './sql-ledger-tables.js';
import { verifyReadModel } from './verify-read-model.js';
import { waitForTransaction } from './wait-for-transaction.js';

let postgres: TestPostgres;
let database: Database;
const schema = 'ledger';
const tables = () => ledgerTables(database, schema);
const project = (block: Parameters<typeof decodeBlock>[0]) =>
  projectBlock(database, schema, decodeBlock(block, 'medaccord'));

beforeAll(async () => {
  postgres = await startPostgres(process.env['DATABASE_URL']);
  database = openDatabase(postgres.url);
});
afterAll(async () => {
  await database.end();
  await postgres.stop();
});
beforeEach(async () => {
  await database.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  await migrate(database, 'ledger', schema);
});

async function dump(): Promise<string> {
  const all: unknown[] = [];
  for (const table of ['checkpoint', 'transactions', 'changes', 'history', 'state_keys', ...ASSET_TABLES]) {
    const { rows } = await database.query(
      `SELECT to_jsonb(t) AS row FROM ${schema}.${identifier(table)} t ORDER BY 1::text`,
    );
    all.push([table, rows]);
  }
  return JSON.stringify(all);
}

function sourceOf(...blocks: BlockBuilder['blocks']) {
  const delivered = new GrowingBlocks();
  delivered.push(...blocks);
  return { delivered, source: blockSource(delivered, 'medaccord') };
}

describe('lists', () => {
  const person = (organisation: string, role: Role, subject = idOf('someone')): Person => ({
    organisation,
    role,
    subject,
  });
  /** What each person is shown of one consent, access and break-glass of hospital-a, done at hospital-b. */
  async function shown(name: 'consents' | 'accesses' | 'breakGlass', visibleTo: Person) {
    return (await tables().list(name, {}, { limit: 9, visibleTo })).items.length;
  }
  beforeEach(async () => {
    const chain = new BlockBuilder();
    const stub = { detailsHash: hashOf('d'), version: 1, updatedAt: '2026-01-01T00:00:00.000Z' };
    const inCare = (value: object & { type: string }) => ({
      key: hashOf(value.type),
      collection: 'care',
      value: { ...value, salt: idOf('salt') },
    });
    const practitioner = { kind: 'practitioner', organisation: 'hospital-b', id: idOf('doctor') };
    const consent = consentDetails('given', 'p1');
    const value = consent.value as { consent: object };
    const given = { ...value, actor: idOf('referrer'), consent: { ...value.consent, grantee: practitioner } };
    const details = { custodian: 'hospital-a', patient: idOf('p1') };
    const opened = { ...stub, status: 'open', closesAt: stub.updatedAt, reviewBy: stub.updatedAt };
    chain.add(
      writes('given', consentState('given', 'active'), [{ ...consent, value: given }]),
      writes('access', { type: 'access', id: idOf('access'), status: 'granted', ...stub }, [
        inCare({
          type: 'access-details',
          id: idOf('access'),
          leaf: { record: idOf('record'), custodian: 'hospital-a' },
          meta: details,
          basis: { kind: 'consent' },
          reader: { organisation: 'hospital-b', subject: idOf('doctor') },
        } as never),
      ]),
      writes('break-glass', { type: 'break-glass', id: idOf('break-glass'), ...opened }, [
        inCare({
          type: 'break-glass-details',
          id: idOf('break-glass'),
          ...details,
          practitioner: idOf('doctor'),
          organisation: 'hospital-b',
        } as never),
      ]),
    );
    for (const block of chain.blocks) await project(block);
  });

  it.each<[string, Person, number, number, number]>([
    ['the custodian’s staff', person('hospital-a', 'clerk'), 1, 1, 1],
    ['the custodian’s auditor', person('hospital-a', 'auditor'), 1, 1, 1],
    ['the custodian’s accountants', person('hospital-a', 'billing'), 0, 0, 0],
    ['the grantee', person('hospital-b', 'doctor', idOf('doctor')), 1, 1, 1],
    ['the grantee’s colleagues', person('hospital-b', 'doctor'), 0, 1, 1],
    ['who passed it on', person('lab-a', 'technician', idOf('referrer')), 1, 0, 0],
    ['others in care', person('lab-a', 'technician'), 0, 0, 0],
    ['others’ auditors', person('lab-a', 'auditor'), 0, 0, 0],
    ['the patient', person('hospital-a', 'patient', idOf('p1')), 1, 1, 1],
    ['another patient', person('hospital-a', 'patient', idOf('p2')), 0, 0, 0],
  ])('show %s what concerns them', async (_, reader, consents, accesses, breakGlass) => {
    expect(await shown('consents', reader)).toBe(consents);
    expect(await shown('accesses', reader)).toBe(accesses);
    expect(await shown('breakGlass', reader)).toBe(breakGlass);
  });
});

describe('projection', () => {
  it('lays valid transactions out in rows and leaves out invalid ones and their private data', async () => {
    for (const block of sampleChain().blocks) await project(block);
    expect(await tables().count('patients', {})).toBe(5);
    expect(await tables().get('consents', idOf('consent 1'))).toMatchObject({
      state: { status: 'revoked', version: 2 },
      details: { consent: { patient: idOf('p1') } },
    });
    expect(await tables().get('consents', idOf('consent 2'))).toBeUndefined();
    expect(await tables().get('consents', idOf('consent 3'))).not.toHaveProperty('details');
    expect(await tables().transaction(hashOf('grant 2'))).toMatchObject({ code: 11, block: 2, index: 1 });
    const { rows } = await database.query(`SELECT id FROM ${schema}.consent_details`);
    expect(rows).toEqual([{ id: idOf('consent 1') }]);
  });

  it('shows organisations, history by version and a claim in one status', async () => {
    const { blocks } = sampleChain();
    const status = async () => (await tables().get('claims', idOf('claim')))?.status;
    for (const block of blocks.slice(0, 4)) await project(block);
    expect(await status()).toBe('submitted');
    await project(blocks[4] as never);
    expect(await status()).toBe('denied');
    await project(blocks[5] as never);
    expect(await status()).toBe('appealed');
    expect((await tables().list('organisations', { kind: 'insurer' }, { limit: 9 })).items).toEqual([
      { type: 'organisation', name: 'insurer-a', kind: 'insurer', mspId: 'InsurerAMSP' },
    ]);
    const history = await tables().history('consent', idOf('consent 1'));
    expect(history.map(({ version, status: was }) => [version, was])).toEqual([
      [1, 'active'],
      [2, 'revoked'],
    ]);
  });

  it('gives the same rows when blocks are replayed, and when they are rebuilt', async () => {
    const { blocks } = sampleChain();
    for (const block of blocks) expect(await project(block)).toBe(true);
    const once = await dump();
    for (const block of blocks) expect(await project(block)).toBe(false);
    expect(await dump()).toBe(once);
    const progress: number[] = [];
    const { source } = sourceOf(...blocks);
    await rebuild({ database, schema, source, progress: (done) => progress.push(done) });
    expect(await dump()).toBe(once);
    expect(progress).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('refuses a forged private value, a gap and another chain, and changes nothing', async () => {
    const chain = new BlockBuilder();
    const forged = { ...consentDetails('c', 'p1'), forged: { type: 'consent-details', id: idOf('c') } };
    chain.add(writes('t', consentState('c', 'active'), [forged]));
    expect(() => decodeBlock(chain.blocks[0] as never, 'medaccord')).toThrow(
      expect.objectContaining({ code: 'PRIVATE_HASH_MISMATCH' }),
    );
    const { blocks } = sampleChain();
    await expect(project(blocks[1] as never)).rejects.toMatchObject({ code: 'BLOCK_GAP', block: 1 });
    await project(blocks[0] as never);
    chain.add({ id: hashOf('x') });
    await expect(project(chain.blocks[1] as never)).rejects.toMatchObject({ code: 'LEDGER_MISMATCH' });
    expect(await tables().nextBlock()).toBe(1);
  });

  it('keeps the valid one of two transactions with one id, and takes text that PostgreSQL refuses', async () => {
    const chain = new BlockBuilder();
    chain.add({ id: hashOf('same'), code: 3 });
    chain.add({ id: hashOf('same') }, { id: hashOf('same'), code: 9 });
    const details = {
      type: 'break-glass-details',
      id: idOf('b'),
      patient: idOf('p'),
      custodian: 'hospital-a',
    };
    const value = { ...details, practitioner: idOf('d'), organisation: 'hospital-a', reason: 'a \0' };
    chain.add({
      id: hashOf('odd'),
      writes: [{ key: 'k', collection: 'care', value }],
    });
    for (const block of chain.blocks) await project(block);
    expect(parseValue(Buffer.from('{"type":"t","text":"\\ud800"}'))).toEqual({ type: 't', text: '\uFFFD' });
    expect(await tables().transaction(hashOf('same'))).toMatchObject({ block: 1, index: 0, code: 0 });
  });

  it('forgets the row of a purged key', async () => {
    const chain = new BlockBuilder();
    const details = consentDetails('c', 'p1');
    chain.add(writes('t', consentState('c', 'active'), [details]));
    chain.add({ id: hashOf('purge'), writes: [{ key: details.key, collection: 'care' }] });
    await project(chain.blocks[0] as never);
    expect(await tables().get('consents', idOf('c'))).toHaveProperty('details');
    await project(chain.blocks[1] as never);
    expect(await tables().get('consents', idOf('c'))).not.toHaveProperty('details');
  });
});

describe('lists', () => {
  it('page newest first without gap or repeat while rows change, and filter', async () => {
    const { blocks } = sampleChain();
    for (const block of blocks.slice(0, 2)) await project(block);
    const seen: string[] = [];
    const lists = readModel(tables());
    let cursor: string | undefined;
    do {
      const page = await lists.patients({ limit: 2, cursor });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(seen).toEqual(['p5', 'p4', 'p3', 'p2', 'p1'].map(idOf));
    expect((await lists.patients({ limit: 9, custodian: 'hospital-b' })).items).toHaveLength(1);
    expect(
      (await tables().list('patients', {}, { limit: 9, since: '2027-01-01T00:00:00.000Z' })).items,
    ).toEqual([]);
    await expect(lists.patients({ limit: 2, cursor: 'bm9uc2Vuc2U' })).rejects.toMatchObject({
      code: 'CURSOR_INVALID',
    });
  });
});

describe('following the ledger', () => {
  const told: { code: string; block?: number }[] = [];
  const log: FollowLog = { warn: (fields) => told.push(fields), error: (fields) => told.push(fields) };

  it('catches up, serves reads of own writes, survives a broken stream, resumes from its checkpoint', async () => {
    const { blocks } = sampleChain();
    const { delivered, source } = sourceOf(...blocks.slice(0, 3));
    const follower = followLedger({ database, schema, source, log, retryMs: 1 });
    expect(await follower.waitForBlock(2, 5_000)).toBe(true);
    expect(follower.status()).toMatchObject({ state: 'live', nextBlock: 3 });
    const waiting = waitForTransaction(tables(), follower, hashOf('revoke 1'), 5_000);
    delivered.break(new Error('connection reset'));
    delivered.push(...blocks.slice(3, 5));
    expect(await waiting).toMatchObject({ block: 4 });
    expect(told).toContainEqual({ code: 'STREAM_BROKEN', block: undefined });
    await follower.stop();
    delivered.push(...blocks.slice(5));
    const again = followLedger({ database, schema, source, log });
    expect(await again.waitForBlock(5, 5_000)).toBe(true);
    expect(await again.waitForBlock(99, 1)).toBe(false);
    await again.stop();
  });

  it('answers a submit when its block is projected, and knows whose transaction wrote an access event', async () => {
    const chain = new BlockBuilder();
    const access = { type: 'access', id: idOf('event'), status: 'granted', version: 1 };
    chain.add({ ...writes('read', access), function: 'record:access' });
    chain.add({
      ...writes('other', { ...access, id: idOf('refused') }),
      function: 'record:access',
      code: 11,
    });
    chain.add(writes('forged', { ...access, id: idOf('elsewhere') }));
    const { delivered, source } = sourceOf();
    const follower = followLedger({ database, schema, source, log });
    const committed = { result: {}, transaction: { id: hashOf('read'), block: 0 } };
    const ledger = readYourWrites(
      { submit: () => Promise.resolve(committed) } as unknown as Ledger,
      follower,
    );
    const submitted = ledger.submit('record:access', { id: idOf('event') }, undefined as never, {
      as: 'service',
    });
    delivered.push(...chain.blocks);
    expect(await submitted).toBe(committed);
    expect(await tables().get('accesses', idOf('event'))).toBeDefined();
    const known = committedAccess(tables(), follower, 50);
    expect(await known(idOf('event'), hashOf('read'))).toBe(true);
    expect(await known(idOf('elsewhere'), hashOf('read'))).toBe(false);
    expect(await known(idOf('event'), hashOf('never sent'))).toBe(false);
    await follower.waitForBlock(2, 5_000);
    expect(await known(idOf('refused'), hashOf('other'))).toBe(false);
    expect(await known(idOf('elsewhere'), hashOf('forged'))).toBe(false);
    await follower.stop();
  });

  it('stops at a bad block, says so without a value, and is not ready', async () => {
    const chain = new BlockBuilder();
    const forged = { ...consentDetails('c', 'secret patient'), forged: { type: 'x', id: idOf('c') } };
    chain.add({ id: hashOf('fine') });
    chain.add(writes('t', consentState('c', 'active'), [forged]));
    const { source } = sourceOf(...chain.blocks);
    told.length = 0;
    const follower = followLedger({ database, schema, source, log });
    expect(await follower.waitForBlock(1, 5_000)).toBe(false);
    expect(follower.status()).toEqual({ state: 'failed', nextBlock: 1, code: 'PRIVATE_HASH_MISMATCH' });
    expect(told).toEqual([{ code: 'PRIVATE_HASH_MISMATCH', block: 1 }]);
    await follower.stop();
  });
});

describe('commands', () => {
  it('rebuild and verify say what they did, and verify fails where a row differs', async () => {
    const lines: string[] = [];
    const { source } = sourceOf(...sampleChain().blocks);
    const options = { databaseUrl: postgres.url, source, write: (line: string) => lines.push(line) };
    expect(await rebuildCommand(options)).toBe(0);
    expect(await verifyCommand(options)).toBe(0);
    await database.query(`DELETE FROM ${schema}.practitioners`);
    await database.query(`DELETE FROM ${schema}.patients WHERE id = $1`, [idOf('p1')]);
    expect(await verifyCommand(options)).toBe(1);
    expect(lines).toContain('rebuilt from 6 blocks');
    expect(lines).toContain(`patients ${idOf('p1')}: missing`);
    const other = new BlockBuilder();
    other.add({ id: hashOf('another chain') });
    for (let i = 1; i < 7; i++) other.add({ id: hashOf(String(i)) });
    expect(await verifyCommand({ ...options, ...sourceOf(...other.blocks) })).toBe(1);
    expect(lines).toContain('checkpoint true: different');
  });
});

describe('verify', () => {
  it('agrees with what was projected and names every row that was touched', async () => {
    const { blocks } = sampleChain();
    for (const block of blocks) await project(block);
    const { source } = sourceOf(...blocks);
    const good = await verifyReadModel({ database, schema, source });
    expect(good).toMatchObject({ blocks: 6, differences: [] });
    expect(good.rows).toBeGreaterThan(20);
    await database.query(`UPDATE ${schema}.consents SET status = 'active' WHERE id = $1`, [
      idOf('consent 1'),
    ]);
    await database.query(`DELETE FROM ${schema}.patients WHERE id = $1`, [idOf('p3')]);
    await database.query(`UPDATE ${schema}.claims SET id = 'forged'`);
    expect((await verifyReadModel({ database, schema, source })).differences).toEqual([
      { table: 'patients', key: idOf('p3'), kind: 'missing' },
      { table: 'consents', key: idOf('consent 1'), kind: 'different' },
      { table: 'claims', key: idOf('claim'), kind: 'missing' },
      { table: 'claims', key: 'forged', kind: 'unknown to the ledger' },
    ]);
  });
});
