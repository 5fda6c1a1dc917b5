import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createTar } from 'nanotar';
import { afterAll, describe, expect, it } from 'vitest';
import { makePackage, packageIdOf, parsePackage } from './chaincode-package.js';
import { dialOptions } from './connection.js';
import { PackageStore } from './package-store.js';

const tarGz = (files: Record<string, string | Uint8Array>): Uint8Array =>
  gzipSync(
    createTar(
      Object.entries(files).map(([name, data]) => ({ name, data: Uint8Array.from(Buffer.from(data)) })),
    ),
  );
const packageWith = (connection: object, metadata: object = { type: 'ccaas', label: 'cc_1' }): Uint8Array =>
  tarGz({
    'metadata.json': JSON.stringify(metadata),
    'code.tar.gz': tarGz({ 'connection.json': JSON.stringify(connection) }),
  });

describe('a chaincode package', () => {
  it('is the same for the same label and connection', () => {
    const bytes = makePackage('cc_1', { address: 'localhost:9999' });
    expect(makePackage('cc_1', { address: 'localhost:9999' })).toEqual(bytes);
    expect(makePackage('cc_1', { address: 'localhost:9998' })).not.toEqual(bytes);
    expect(packageIdOf('cc_1', bytes)).toMatch(/^cc_1:[0-9a-f]{64}$/);
    expect(parsePackage(bytes)).toMatchObject({ label: 'cc_1', type: 'ccaas' });
    expect(dialOptions(parsePackage(bytes))).toMatchObject({ address: 'localhost:9999' });
  });

  it.each([
    ['no gzip', Buffer.from('nothing'), 'error reading as gzip stream'],
    ['no code', tarGz({ 'metadata.json': '{}' }), 'did not find a code package inside the package'],
    ['no metadata', tarGz({ 'code.tar.gz': tarGz({}) }), 'did not find any package metadata'],
    [
      'metadata that is no JSON',
      tarGz({ 'metadata.json': 'x', 'code.tar.gz': tarGz({ a: 'a' }) }),
      'could not unmarshal metadata.json as json',
    ],
    ['a bad label', packageWith({}, { type: 'ccaas', label: '../x' }), "invalid label '../x'"],
    [
      'code that is no archive',
      tarGz({ 'metadata.json': '{"type":"ccaas","label":"a"}', 'code.tar.gz': 'x' }),
      'error retrieving DB artifacts from code package',
    ],
  ])('is refused with %s', (_what, bytes, reason) => {
    expect(() => parsePackage(bytes)).toThrow(reason);
  });

  it.each([
    ['another type', packageWith({ address: 'a:1' }, { type: 'golang', label: 'a' }), 'no DockerBuilder'],
    ['no address', packageWith({}), 'chaincode address not provided'],
    ['TLS without a root', packageWith({ address: 'a:1', tls_required: true }), 'tls root cert not provided'],
    [
      'mutual TLS without a key',
      packageWith({ address: 'a:1', tls_required: true, client_auth_required: true, root_cert: 'x' }),
      'chaincode tls key not provided',
    ],
    ['a duration that is none', packageWith({ address: 'a:1', dial_timeout: 'soon' }), 'invalid duration'],
  ])('cannot be run with %s', (_what, bytes, reason) => {
    expect(() => dialOptions(parsePackage(bytes))).toThrow(reason);
  });

  it('says how long to dial, as Go writes it', () => {
    const timeout = (text: unknown) =>
      dialOptions(parsePackage(packageWith({ address: 'a:1', dial_timeout: text }))).dialTimeoutMs;
    expect(timeout('10s')).toBe(10_000);
    expect(timeout('1m30s')).toBe(90_000);
    expect(timeout('1.5s')).toBe(1_500);
    expect(timeout(2_000_000_000)).toBe(2_000);
    expect(timeout(undefined)).toBeUndefined();
  });
});

describe('the packages of a peer', () => {
  const dir = mkdtempSync(join(tmpdir(), 'packages-'));
  afterAll(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  it('are kept under their ids', () => {
    const store = new PackageStore(join(dir, 'peer'));
    expect(store.list()).toEqual([]);
    const bytes = makePackage('cc.1', { address: 'localhost:1' });
    const packageId = store.save('cc.1', bytes);
    const again = new PackageStore(join(dir, 'peer'));
    expect(again.list()).toEqual([{ packageId, label: 'cc.1' }]);
    expect(Buffer.compare(again.load(packageId) ?? Buffer.alloc(0), bytes)).toBe(0);
    expect(again.load('../cc:1')).toBeUndefined();
  });
});
