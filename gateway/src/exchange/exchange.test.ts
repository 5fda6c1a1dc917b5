import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { consent, record } from '@medaccord/chaincode/api';
import { migrate, openDatabase, type Database } from '../database/index.js';
import { Problem } from '../errors.js';
import type { Ledger } from '../ports.js';
import { startPostgres, type TestPostgres } from '../testing/postgres.js';
import { testAuthority, type TestAuthority, type TestCertificate } from '../testing/test-authority.js';
import { openFileBlocks, recordStore, sealer, type BlockStore, type RecordStore } from '../vault/index.js';
import type { Custodian } from './custodian-connections.js';
import { depositHolder } from './deposit-holder.js';
import { exchangeClient, type ExchangeClient } from './exchange-client.js';
import { startExchange, type ExchangeServer } from './exchange-server.js';
import { recordHolder } from './record-holder.js';
import { releaseLog } from './release-log.js';
import { revokedSerials } from './tls-revocations.js';

const hex = () => randomBytes(16).toString('hex');
const transaction = 'c'.repeat(64);
const canary = 'the patient has hay fever';
const reader = { subject: hex(), role: 'doctor' } as const;
const basis = { kind: 'consent', consent: hex() } as const;

let postgres: TestPostgres;
let database: Database;
let store: RecordStore;
let blocks: BlockStore;
let authorities: Record<'hospital-a' | 'hospital-b' | 'insurer-a' | 'stranger', TestAuthority>;
let server: ExchangeServer;
let organisations: Custodian[];
let listFile: string;
let custodianSerial: string;
let leaf: record.Leaf;
let meta: consent.RecordMeta;
const clients: ExchangeClient[] = [];

/** What the holder's own peer says; each test changes it. */
let peer: {
  decision: consent.Decision;
  verified: record.VerifyResult;
  events: Map<string, { transaction: string; details: record.AccessDetails }>;
};
const answers: Record<string, (input: { id: string }) => unknown> = {
  'consent:decide': () => peer.decision,
  'record:verify': () => peer.verified,
  'record:accessDetails': ({ id }) => peer.events.get(id)?.details,
};
const ledger = {
  submit: () => Promise.reject(new Error('a holder writes nothing')),
  evaluate: (name: string, input: { id: string }) => Promise.resolve(answers[name]?.(input)),
} as unknown as Ledger;

function commit(change: Partial<record.AccessDetails> = {}): { event: string; transaction: string } {
  const event = hex();
  const who = { organisation: 'hospital-b', ...reader };
  const details = {
    type: 'access-details',
    id: event,
    leaf,
    meta,
    purpose: 'treatment',
    basis,
    reader: who,
  } as const;
  const at = new Date().toISOString();
  peer.events.set(event, { transaction, details: { ...details, at, salt: hex(), ...change } });
  return { event, transaction };
}

function clientOf(identity: TestCertificate): ExchangeClient {
  const client = exchangeClient({ ...identity, organisations, timeoutMs: 5_000 });
  clients.push(client);
  return client;
}
const gatewayOf = async (name: keyof typeof authorities) =>
  clientOf(await authorities[name].issue(`gateway.${name}.example`, ['server', 'client']));
const asked = () => ({ record: leaf.record, reader, purpose: 'treatment', basis }) as const;

beforeAll(async () => {
  postgres = await startPostgres(process.env['DATABASE_URL']);
  database = openDatabase(postgres.url);
  await migrate(database, 'service', 'service');
  blocks = await openFileBlocks(await mkdtemp(path.join(tmpdir(), 'medaccord-exchange-')));
  store = recordStore({ database, schema: 'service', blocks, sealer: sealer(randomBytes(32)) });
  authorities = {
    'hospital-a': await testAuthority('tlsca.hospital-a'),
    'hospital-b': await testAuthority('tlsca.hospital-b'),
    'insurer-a': await testAuthority('tlsca.insurer-a'),
    stranger: await testAuthority('tlsca.hospital-b'),
  };
  const names = ['hospital-a', 'hospital-b', 'insurer-a'] as const;
  const folder = await mkdtemp(path.join(tmpdir(), 'medaccord-exchange-'));
  listFile = path.join(folder, 'hospital-b.crl');
  organisations = names.map((name) => {
    const tlsCa = authorities[name].certificate;
    const revoked = revokedSerials(path.join(folder, `${name}.crl`), tlsCa);
    return { name, domain: `${name}.example`, tlsCa, exchangeUrl: '', revoked };
  });
  const own = await authorities['hospital-a'].issue('gateway.hospital-a.example', ['server', 'client']);
  custodianSerial = own.serial;
  const records = recordHolder({
    organisation: 'hospital-a',
    ledger,
    records: store,
    releases: releaseLog(database, 'service'),
    committed: (event, tx) => Promise.resolve(peer.events.get(event)?.transaction === tx),
  });
  const anchored = () => Promise.resolve(false);
  const deposits = depositHolder({ organisation: 'hospital-a', ledger, records: store, anchored });
  const holders = { records, deposits };
  server = await startExchange({ port: 0, ...own, organisations, holders, log: () => undefined });
  organisations = organisations.map((all) => ({ ...all, exchangeUrl: `https://localhost:${server.port}` }));
});
afterAll(async () => {
  for (const client of clients) client.close();
  await server.close();
  await database.end();
  await postgres.stop();
});
beforeEach(async () => {
  peer = {
    decision: { granted: true, basis: 'consent' },
    verified: { anchored: true, erased: false },
    events: new Map(),
  };
  meta = {
    patient: hex(),
    custodian: 'hospital-a',
    record: hex(),
    category: 'lab',
    author: hex(),
    labels: [],
    serviceDate: '2026-01-01',
  };
  const document = { mediaType: 'text/plain', data: Buffer.from(canary) };
  const [stored] = await store.store([{ version: 1, meta, metaSalt: hex(), document }]);
  if (stored === undefined) throw new Error('nothing was stored');
  leaf = stored.leaf;
  await store.anchored([{ leafHash: stored.leafHash, reference: { kind: 'single' } }], {
    id: transaction,
    at: new Date().toISOString(),
  });
});

describe('exchange over mutual TLS', () => {
  it('brings the document to the organisation whose reader committed the access event', async () => {
    const client = await gatewayOf('hospital-b');
    const described = await client.descriptor('hospital-a', asked());
    expect(described).toMatchObject({ leaf, meta, reference: { kind: 'single' } });
    const { mediaType, data } = await client.release('hospital-a', described, commit());
    expect([mediaType, data.toString()]).toEqual(['text/plain', canary]);
  });

  it('refuses who is no gateway of a known organisation', async () => {
    const stranger = await gatewayOf('stranger');
    await expect(stranger.descriptor('hospital-a', asked())).rejects.toMatchObject({
      code: 'CUSTODIAN_UNREACHABLE',
    });
    const user = clientOf(await authorities['hospital-b'].issue('gateway.hospital-b.example', ['client']));
    await expect(user.descriptor('hospital-a', asked())).rejects.toThrow('ORGANISATION_UNKNOWN');
    // The asker trusts the custodian's own authority alone: this server is not insurer-a's.
    const client = await gatewayOf('hospital-b');
    await expect(client.descriptor('insurer-a', asked())).rejects.toMatchObject({
      code: 'CUSTODIAN_UNREACHABLE',
    });
    await expect(client.descriptor('nobody', asked())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('lets only the gateway speak for its organisation, and believes no other node of the custodian', async () => {
    for (const name of ['peer0.hospital-b.example', 'gateway.hospital-a.example', '*.hospital-b.example']) {
      const node = clientOf(await authorities['hospital-b'].issue(name, ['server', 'client']));
      await expect(node.descriptor('hospital-a', asked())).rejects.toThrow('ORGANISATION_UNKNOWN');
    }
    const peer0 = await authorities['hospital-a'].issue('peer0.hospital-a.example', ['server', 'client']);
    const tls = createServer({ cert: peer0.certificate, key: peer0.key }, () => undefined);
    tls.listen(0, 'localhost');
    await once(tls, 'listening');
    const { port } = tls.address() as AddressInfo;
    const identity = await authorities['hospital-b'].issue('gateway.hospital-b.example', [
      'server',
      'client',
    ]);
    const exchangeUrl = `https://localhost:${port}`;
    const misled = exchangeClient({
      ...identity,
      organisations: organisations.map((o) => ({ ...o, exchangeUrl })),
    });
    clients.push(misled);
    await expect(misled.descriptor('hospital-a', asked())).rejects.toMatchObject({
      code: 'CUSTODIAN_UNREACHABLE',
      cause: { code: 'ORGANISATION_UNKNOWN' },
    });
    tls.close();
  });

  it('shuts a revoked gateway out at once, also on an open connection; a damaged list shuts all out', async () => {
    const identity = await authorities['hospital-b'].issue('gateway.hospital-b.example', [
      'server',
      'client',
    ]);
    const client = clientOf(identity);
    await client.descriptor('hospital-a', asked());
    await writeFile(listFile, await authorities['hospital-b'].revoke([identity.serial]));
    await expect(client.descriptor('hospital-a', asked())).rejects.toThrow('CERTIFICATE_REVOKED');
    const next = await gatewayOf('hospital-b');
    await next.descriptor('hospital-a', asked());
    // Of that name, and by another key: no list of this authority.
    await writeFile(listFile, await authorities.stranger.revoke([]));
    await expect(next.descriptor('hospital-a', asked())).rejects.toMatchObject({
      code: 'CUSTODIAN_UNREACHABLE',
    });
    await rm(listFile);
    await expect(next.descriptor('hospital-a', asked())).rejects.toMatchObject({
      code: 'CUSTODIAN_UNREACHABLE',
    });
    await writeFile(listFile, await authorities['hospital-b'].revoke([]));
    await client.descriptor('hospital-a', asked());
  });

  it('asks no gateway whose certificate its organisation took back', async () => {
    const client = await gatewayOf('hospital-b');
    await client.descriptor('hospital-a', asked());
    const list = path.join(path.dirname(listFile), 'hospital-a.crl');
    await writeFile(list, await authorities['hospital-a'].revoke([custodianSerial]));
    await expect(client.descriptor('hospital-a', asked())).rejects.toMatchObject({
      code: 'CUSTODIAN_UNREACHABLE',
    });
    await writeFile(list, await authorities['hospital-a'].revoke([]));
    await client.descriptor('hospital-a', asked());
  });

  it('tells nothing of a record without a decision that grants it', async () => {
    const client = await gatewayOf('hospital-b');
    peer.decision = { granted: false, basis: 'consent', code: 'CONSENT_EXPIRED', reason: 'expired' };
    await expect(client.descriptor('hospital-a', asked())).rejects.toMatchObject({ code: 'CONSENT_EXPIRED' });
    peer.decision = { granted: true, basis: 'consent' };
    const unheard = { ...asked(), version: 2 ** 40 };
    await expect(client.descriptor('hospital-a', unheard)).rejects.toThrow('RECORD_UNKNOWN');
    await expect(client.descriptor('hospital-a', { ...asked(), record: hex() })).rejects.toThrow(
      'RECORD_UNKNOWN',
    );
  });

  it('releases for a committed event of that organisation alone, about this very record, in time', async () => {
    const client = await gatewayOf('hospital-b');
    const described = await client.descriptor('hospital-a', asked());
    const refused = async (access: { event: string; transaction: string }, message: string) => {
      await expect(client.release('hospital-a', described, access)).rejects.toThrow(message);
    };
    await refused({ event: hex(), transaction }, 'EVENT_NOT_COMMITTED');
    await refused({ ...commit(), transaction: 'd'.repeat(64) }, 'EVENT_NOT_COMMITTED');
    const who = { organisation: 'insurer-a', ...reader };
    await refused(commit({ reader: who }), 'EVENT_OF_ANOTHER');
    await refused(commit({ leaf: { ...leaf, contentHash: '0'.repeat(64) } }), 'DESCRIPTOR_MISMATCH');
    await refused(commit({ meta: { ...meta, category: 'note' } }), 'DESCRIPTOR_MISMATCH');
    await refused(commit({ at: new Date(Date.now() - 11 * 60_000).toISOString() }), 'EVENT_EXPIRED');
    await refused(commit({ at: new Date(Date.now() + 16 * 60_000).toISOString() }), 'EVENT_EXPIRED');
    const other = await gatewayOf('insurer-a');
    await expect(other.release('hospital-a', described, commit())).rejects.toThrow('EVENT_OF_ANOTHER');
  });

  it('stops at once when the consent is revoked or the record erased after the event', async () => {
    const client = await gatewayOf('hospital-b');
    const described = await client.descriptor('hospital-a', asked());
    const access = commit();
    peer.decision = { granted: false, basis: 'consent', reason: 'the consent was revoked' };
    await expect(client.release('hospital-a', described, access)).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
    });
    peer.decision = { granted: true, basis: 'consent' };
    peer.verified = { anchored: true, erased: true };
    await expect(client.release('hospital-a', described, access)).rejects.toMatchObject({ code: 'ERASED' });
    peer.verified = { anchored: true, erased: false };
    await store.erase((await store.find(leaf.record))?.leafHash ?? '');
    await expect(client.release('hospital-a', described, access)).rejects.toMatchObject({ code: 'ERASED' });
  });

  it('repeats a lost answer a few times, not for ever', async () => {
    const client = await gatewayOf('hospital-b');
    const described = await client.descriptor('hospital-a', asked());
    const access = commit();
    for (let i = 0; i < 3; i++) await client.release('hospital-a', described, access);
    await expect(client.release('hospital-a', described, access)).rejects.toThrow('EVENT_USED_UP');
  });

  it('answers rubbish with a code, and a failure without its text', async () => {
    const identity = await authorities['hospital-b'].issue('gateway.hospital-b.example', [
      'server',
      'client',
    ]);
    const send = (url: string, body: string, method = 'POST') =>
      new Promise<{ status?: number; body: string }>((resolve, reject) => {
        const tls = {
          ca: authorities['hospital-a'].certificate,
          cert: identity.certificate,
          key: identity.key,
        };
        const sent = request(`https://localhost:${server.port}${url}`, { method, ...tls }, (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('end', () => {
            resolve({ status: response.statusCode, body: text });
          });
        });
        sent.on('error', reject);
        sent.end(body);
      });
    expect(await send('/exchange/v1/release', 'no json')).toMatchObject({ status: 400 });
    expect(await send('/exchange/v1/release', '{}')).toMatchObject({ status: 400 });
    expect(await send('/exchange/v1/descriptor', '', 'GET')).toMatchObject({ status: 404 });
    expect(await send('/etc/passwd', '{}')).toMatchObject({ status: 404 });
    expect(await send('/exchange/v1/release', `"${'x'.repeat(70_000)}"`)).toMatchObject({ status: 413 });
    const failing = (error: Error) => {
      answers['consent:decide'] = () => {
        throw error;
      };
      return send('/exchange/v1/descriptor', JSON.stringify(asked()));
    };
    try {
      expect(await failing(new Error('secret of the inside'))).toEqual({
        status: 500,
        body: JSON.stringify({ code: 'HOLDER_FAILED', detail: 'the custodian failed' }),
      });
      expect(await failing(new Problem('LEDGER_UNAVAILABLE', 'peer0 is down'))).toMatchObject({
        status: 503,
      });
    } finally {
      answers['consent:decide'] = () => peer.decision;
    }
  });

  it('believes a custodian only what the ledger has the hash of', async () => {
    const client = await gatewayOf('hospital-b');
    const described = await client.descriptor('hospital-a', asked());
    const other = { ...described, leaf: { ...leaf, contentHash: '1'.repeat(64) } };
    await expect(client.release('hospital-a', other, commit())).rejects.toMatchObject({
      code: 'ANCHOR_MISMATCH',
    });
    const capsule = { ...described, leaf: { ...leaf, capsuleHash: '1'.repeat(64) } };
    await expect(client.release('hospital-a', capsule, commit())).rejects.toMatchObject({
      code: 'ANCHOR_MISMATCH',
    });
  });
});
