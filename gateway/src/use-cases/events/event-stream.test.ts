import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate, openDatabase, type Database } from '../../database/index.js';
import type { Caller, ServerSentEvent } from '../../ports.js';
import {
  blockSource,
  followLedger,
  ledgerTables,
  type Follower,
  type LedgerTables,
} from '../../read-model/index.js';
import { GrowingBlocks } from '../../testing/delivered-blocks.js';
import { startPostgres, type TestPostgres } from '../../testing/postgres.js';
import { idOf, registered, sampleChain } from '../../testing/sample-chain.js';
import { eventStream } from './event-stream.js';

let postgres: TestPostgres;
let database: Database;
let follower: Follower;
let tables: LedgerTables;
const delivered = new GrowingBlocks();
const chain = sampleChain();
const { blocks } = chain;
const quiet = { warn: () => undefined, error: () => undefined };
const callerOf = (role: Caller['role'], subject = idOf('somebody')): Caller => ({
  subject,
  role,
  organisation: 'hospital-a',
  mspId: 'HospitalAMSP',
  binding: 'dpop',
});

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();

beforeAll(async () => {
  postgres = await startPostgres(process.env['DATABASE_URL']);
  database = openDatabase(postgres.url);
  await migrate(database, 'ledger', 'ledger');
  tables = ledgerTables(database, 'ledger');
  delivered.push(...blocks.slice(0, 4));
  const source = blockSource(delivered, 'medaccord');
  follower = followLedger({ database, schema: 'ledger', source, log: quiet });
  await follower.waitForBlock(3, 5_000);
});
afterAll(async () => {
  await follower.stop();
  await database.end();
  await postgres.stop();
});

async function take(events: AsyncIterable<ServerSentEvent>, count: number, abort: AbortController) {
  const taken: ServerSentEvent[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) break;
  }
  abort.abort();
  return taken;
}

describe('event stream', () => {
  it('goes on exactly where a client was, over pages, into live events', async () => {
    const stream = eventStream({ tables, follower, pageSize: 2 });
    const first = new AbortController();
    const all = await take(stream.open({ caller: callerOf('admin'), from: 0 }, first.signal), 10, first);
    expect(all.map(({ id }) => id)).toEqual([
      '0.0.0',
      ...['1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0'],
      ...['2.0.0', '2.2.0', '3.0.0', '3.1.0'],
    ]);
    const again = new AbortController();
    const events = stream.open({ caller: callerOf('admin'), after: '2.0.0' }, again.signal);
    const resumed = take(events, 5, again);
    delivered.push(blocks[4] as never);
    expect((await resumed).map(({ id }) => id)).toEqual(['2.2.0', '3.0.0', '3.1.0', '4.0.0', '4.1.0']);
    expect((await resumed)[3]).toEqual({
      id: '4.0.0',
      type: 'consent',
      data: {
        id: idOf('consent 1'),
        type: 'consent',
        status: 'revoked',
        version: 2,
        function: 'test:consent',
        transactionId: expect.any(String) as string,
        block: 4,
      },
    });
  });

  it('tells a role what it may hear, and a patient of itself alone', async () => {
    const stream = eventStream({ tables, follower });
    const types = async (caller: Caller, count: number, wanted?: string[]) => {
      const abort = new AbortController();
      const events = stream.open({ caller, from: 0, ...(wanted && { types: wanted }) }, abort.signal);
      return (await take(events, count, abort)).map(({ type, data }) => `${type} ${data.id}`);
    };
    expect(new Set(await types(callerOf('billing'), 3))).toEqual(
      new Set([`claim ${idOf('claim')}`, `claim-decision ${idOf('claim')}`]),
    );
    expect(await types(callerOf('patient', idOf('p1')), 2)).toEqual([
      `registration ${idOf('registration p1')}`,
      `consent ${idOf('consent 1')}`,
    ]);
    expect(await types(callerOf('doctor'), 1, ['consent', 'claim'])).toEqual([
      `consent ${idOf('consent 1')}`,
    ]);
  });

  it('starts live without a position, limits streams a caller, and ends with its connection', async () => {
    const stream = eventStream({ tables, follower, perCaller: 1 });
    const abort = new AbortController();
    const live = take(stream.open({ caller: callerOf('admin') }, abort.signal), 1, abort);
    expect(() => stream.open({ caller: callerOf('admin') }, new AbortController().signal)).toThrow(
      expect.objectContaining({ code: 'RATE_LIMITED' }),
    );
    await tables.feedEnd();
    delivered.push(blocks[5] as never);
    expect((await live).map(({ data }) => data.block)).toEqual([5]);
    const other = new AbortController();
    const idle = take(stream.open({ caller: callerOf('admin') }, other.signal), 1, other);
    other.abort();
    expect(await idle).toEqual([]);
    expect(() => stream.open({ caller: callerOf('admin'), after: 'x' }, other.signal)).toThrow(
      'Last-Event-ID',
    );
  });

  it('tells a patient, and its custodian’s staff alone, which key came or went', async () => {
    const first = { kid: 'phone', addedIn: 1, effectiveFrom: at(0) };
    const added = { kid: 'tablet', addedIn: 2, effectiveFrom: at(1) };
    const revoked = { ...added, revokedIn: 3, revokedAt: at(2) };
    const from = chain.blocks.length;
    chain.add(registered('p1', 'hospital-a', 2, [first, added]));
    chain.add(registered('p1', 'hospital-a', 3, [first, revoked]));
    delivered.push(...chain.blocks.slice(from));
    await follower.waitForBlock(from + 1, 5_000);
    const stream = eventStream({ tables, follower });
    const keys = async (caller: Caller) => {
      const abort = new AbortController();
      const events = stream.open({ caller, from, types: ['registration'] }, abort.signal);
      return (await take(events, 2, abort)).map(({ data }) => data.key);
    };
    const told = [
      { kid: 'tablet', effectiveFrom: at(1) },
      { kid: 'tablet', effectiveFrom: at(1), revokedAt: at(2) },
    ];
    expect(await keys(callerOf('patient', idOf('p1')))).toEqual(told);
    expect(await keys(callerOf('clerk'))).toEqual(told);
    const nothing = [undefined, undefined];
    expect(await keys({ ...callerOf('clerk'), organisation: 'hospital-b' })).toEqual(nothing);
    // Its first keys came with the registration, which needs no notice.
    const abort = new AbortController();
    const whole = stream.open({ caller: callerOf('clerk'), from: 0, types: ['registration'] }, abort.signal);
    expect((await take(whole, 5, abort)).map(({ data }) => data.key)).toEqual(Array(5).fill(undefined));
  });
});
