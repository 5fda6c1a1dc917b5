import { readFileSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { common } from '@hyperledger/fabric-protos';
import { invoicesCollection } from '@medaccord/chaincode/api';
import { careOrganisations } from '@medaccord/network/topology';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type BlockView,
  type Consortium,
  height,
  ledgerAsSeenBy,
  sharedConsortium,
} from '../consortium/index.js';
import { openCast } from '../story/cast.js';
import { runStory } from '../story/story.js';
import { publicPart } from '../consortium/public-writes.js';
import { type Tour, everyAsset } from './given/every-asset.js';
import { fewBundles, personalTexts } from './given/personal-texts.js';
import { type Audience, promisedAudiences } from './given/privacy-tables.js';

const TOPOLOGIES = {
  default: [{ custodian: 'hospital-a', second: 'hospital-b', insurer: 'insurer-a' }],
  six: [
    { custodian: 'hospital-a', second: 'hospital-b', insurer: 'insurer-a' },
    { custodian: 'hospital-b', second: 'hospital-a', insurer: 'insurer-b' },
  ],
};

describe.each(['default', 'six'] as const)('what the %s consortium’s organisations see', (topology) => {
  let consortium: Consortium;
  let tours: Tour[];
  let data: string | undefined;
  /** What each organisation is given by its own peer. */
  const views = new Map<string, BlockView[]>();
  const names = () => consortium.topology.organisations.map(({ name }) => name);
  const viewOf = (name: string) => views.get(name) ?? [];

  beforeAll(async () => {
    consortium = await sharedConsortium(topology);
    const from = await height(consortium, { organisation: 'hospital-a' });
    tours = await Promise.all(TOPOLOGIES[topology].map((who) => everyAsset(consortium, who)));
    const cast = await openCast(consortium.home, 16);
    data = await fewBundles();
    await runStory(cast, { data, patients: 2 });
    cast.close();
    for (const organisation of names()) {
      views.set(organisation, await ledgerAsSeenBy(consortium, { organisation }, from));
    }
  });
  afterAll(async () => {
    if (data !== undefined) await rm(data, { recursive: true });
    await consortium.disconnect();
  });

  const audienceOf = (seenBy: readonly string[], collection: string): Audience | string => {
    const care = careOrganisations(consortium.topology).map(({ name }) => name);
    const same = (others: readonly string[]) => [...seenBy].sort().join() === [...others].sort().join();
    if (same(names())) return 'everybody';
    if (same(care)) return 'care';
    const pair = names().filter((name) =>
      collection.split('claims-')[1]?.match(new RegExp(`(^|-)${name}(-|$)`)),
    );
    if (pair.length === 2 && same(pair)) return 'the pair';
    const issuer = consortium.topology.organisations.find(
      ({ name }) => collection === invoicesCollection(name),
    );
    return issuer && same([issuer.name]) ? 'the issuer' : seenBy.join(', ');
  };

  it('is, field by field, what docs/privacy.md promises', () => {
    const seen = new Map<string, string>();
    const note = (type: unknown, fields: string[], audience: string) => {
      for (const field of fields.filter((name) => name !== 'type'))
        seen.set(`${String(type)}.${field}`, audience);
    };
    for (const { type, fields } of viewOf('hospital-a').flatMap(publicAssets))
      note(type, fields, 'everybody');
    for (const { value, collection, seenBy } of privateValues(views).values()) {
      note(value['type'], Object.keys(value), audienceOf(seenBy, collection));
    }
    const promised = promisedAudiences();
    const wrong = [...seen].filter(([field, audience]) => promised.get(field) !== audience);
    expect(wrong).toEqual([]);
    const assets = (fields: Iterable<string>) => new Set([...fields].map((field) => field.split('.')[0]));
    // The consortium is founded, and its care key made, in the first blocks; nobody joins it here or leaves it.
    const missing = [...assets(promised.keys())].filter((asset) => !assets(seen.keys()).has(asset));
    expect(missing).toEqual(['consortium', 'membership', 'care-key']);
  });

  it('is the same public part for all, byte for byte, but for who of the orderers signed the block', () => {
    const [first, ...others] = names().map((name) =>
      viewOf(name).map(({ bytes }) => withoutSignatures(bytes).toString('base64')),
    );
    for (const other of others) expect(other).toEqual(first);
  });

  it('is no more at another organisation’s peer than at the own one', async () => {
    const first = viewOf('hospital-a')[0]?.number ?? 0;
    for (const insurer of names().filter((name) => name.startsWith('insurer'))) {
      for (const at of names().filter((name) => name !== insurer)) {
        const view = await ledgerAsSeenBy(consortium, { organisation: insurer, at }, first);
        const known = new Set(viewOf(insurer).flatMap((block) => block.private.map(({ key }) => key)));
        const more = view.flatMap((block) => block.private).filter(({ key }) => !known.has(key));
        expect(more, `${insurer} at ${at}`).toEqual([]);
      }
    }
  });

  it('has no salt, and so no private value, in any public byte', () => {
    const salts = [...privateValues(views).values()].flatMap(({ value }) => value['salt'] ?? []);
    expect(salts.length).toBeGreaterThan(20);
    expect(found(salts as string[], publicBytes())).toEqual([]);
  });

  it('has no diagnosis, code, coverage, category or reason in any public byte or log', () => {
    const canaries = tours.flatMap(({ canaries: all }) => Object.values(all) as string[]);
    expect(found(canaries, publicBytes())).toEqual([]);
    expect(found(canaries, logs())).toEqual([]);
  });

  it('has no pseudonym in any public byte', () => {
    const pseudonyms = tours.flatMap(({ patients }) => patients.map(({ id }) => id));
    expect(found(pseudonyms, publicBytes())).toEqual([]);
  });

  it('has no name, birth date, address, number or sentence of the bundles anywhere', async () => {
    const { patients, documents } = await personalTexts(data);
    expect(patients.length).toBeGreaterThan(1);
    expect(found(patients, publicBytes())).toEqual([]);
    expect(found(documents, publicBytes())).toEqual([]);
    expect(found([...patients, ...documents], logs())).toEqual([]);
    const values = [...privateValues(views).values()].map(({ value }) => Buffer.from(JSON.stringify(value)));
    expect(found(documents, values)).toEqual([]);
  });

  it('has no key or token of anybody in a log', async () => {
    const { privateKey } = await consortium.identity('hospital-a', 'doctor');
    const secrets = readFileSync(join(consortium.home, 'gateways/hospital-a/secrets.json'), 'utf8');
    const { walletKey, vaultKey } = JSON.parse(secrets) as Record<'walletKey' | 'vaultKey', string>;
    const { stdout } = await consortium.command('login', '--as', 'doctor@hospital-a');
    const token = stdout.trim().split('.')[2] ?? '';
    expect(token.length).toBeGreaterThan(40);
    const key = privateKey.split('\n')[1] ?? '';
    expect(found([walletKey, vaultKey, token, key], logs())).toEqual([]);
  });

  const publicBytes = () => viewOf('hospital-a').map(({ bytes }) => bytes);
  const logs = () => {
    const folder = join(consortium.home, 'logs');
    return readdirSync(folder).map((file) => readFileSync(join(folder, file)));
  };
});

/** A peer keeps the block as the orderer signed it that it had it from. */
function withoutSignatures(bytes: Buffer): Buffer {
  const block = common.Block.deserializeBinary(bytes);
  const [, ...rest] = block.getMetadata()?.getMetadataList_asU8() ?? [];
  block.getMetadata()?.setMetadataList([new Uint8Array(), ...rest]);
  return Buffer.from(block.serializeBinary());
}

function publicAssets({ envelopes }: BlockView): { type: unknown; fields: string[] }[] {
  return envelopes
    .flatMap((envelope) => publicPart(envelope)?.writes ?? [])
    .map(({ value }) => ({ type: value['type'], fields: Object.keys(value) }));
}

/** Every private value, with those who were given it. */
function privateValues(views: Map<string, BlockView[]>) {
  const values = new Map<string, { value: Record<string, unknown>; collection: string; seenBy: string[] }>();
  for (const [organisation, blocks] of views) {
    for (const { number, private: given } of blocks) {
      for (const { transaction, collection, key, value } of given) {
        const id = [number, transaction, collection, key].join('/');
        const known = values.get(id) ?? { value, collection, seenBy: [] };
        known.seenBy.push(organisation);
        values.set(id, known);
      }
    }
  }
  return values;
}

/** @returns the texts that stand somewhere in the bytes. */
function found(texts: readonly string[], where: readonly Buffer[]): string[] {
  const all = Buffer.concat(where);
  return texts.filter((text) => all.includes(text));
}
