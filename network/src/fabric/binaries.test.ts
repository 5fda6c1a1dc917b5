import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBinaries } from './binaries.js';

let folder: string;
let cache: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'binaries-'));
  cache = join(folder, 'cache');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(file: string): void {
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o755);
}

/** Laid out as a release of Fabric is unpacked. */
function release(name: string, programs = ['peer', 'orderer', 'osnadmin'], withBuilder = true): string {
  const bin = join(folder, name, 'bin');
  const builder = join(folder, name, 'builders', 'ccaas', 'bin');
  mkdirSync(bin, { recursive: true });
  mkdirSync(builder, { recursive: true });
  for (const one of programs) program(join(bin, one));
  if (withBuilder) for (const one of ['detect', 'build', 'release']) program(join(builder, one));
  return bin;
}

const refusal = (places: { fabricBin: string | undefined; path: string | undefined }): unknown => {
  try {
    return findBinaries({ ...places, cache });
  } catch (error) {
    return error;
  }
};

describe("Fabric's programs", () => {
  it('are taken from FABRIC_BIN before PATH', () => {
    const told = release('told');
    const found = findBinaries({ fabricBin: told, path: release('other'), cache });
    expect(found).toEqual({
      peer: join(told, 'peer'),
      orderer: join(told, 'orderer'),
      osnadmin: join(told, 'osnadmin'),
      ccaasBuilder: join(folder, 'told', 'builders', 'ccaas'),
    });
  });

  it('are taken from the first folder of PATH that has them all', () => {
    const half = release('half', ['peer']);
    const whole = release('whole');
    expect(findBinaries({ fabricBin: undefined, path: [half, whole].join(delimiter), cache }).peer).toBe(
      join(whole, 'peer'),
    );
  });

  it('may be links: the builder is looked for where they lie', () => {
    const bin = release('release');
    const links = join(folder, 'links');
    mkdirSync(links);
    for (const name of ['peer', 'orderer', 'osnadmin']) symlinkSync(join(bin, name), join(links, name));
    expect(findBinaries({ fabricBin: undefined, path: links, cache }).ccaasBuilder).toBe(
      join(folder, 'release', 'builders', 'ccaas'),
    );
  });

  it('are taken from the cache where PATH has none', () => {
    const cached = release('cache/medaccord/fabric/3.1.5');
    expect(findBinaries({ fabricBin: undefined, path: undefined, cache }).peer).toBe(join(cached, 'peer'));
    const onPath = release('whole');
    expect(findBinaries({ fabricBin: undefined, path: onPath, cache }).peer).toBe(join(onPath, 'peer'));
  });

  it('are missed by name: FABRIC_BIN is not made good for by PATH', () => {
    const half = release('half', ['peer', 'orderer']);
    expect(refusal({ fabricBin: half, path: release('whole') })).toMatchObject({
      code: 'BINARIES_MISSING',
      message: `Fabric's programs (osnadmin) are not in FABRIC_BIN (${half})`,
    });
    expect(refusal({ fabricBin: undefined, path: undefined })).toMatchObject({
      code: 'BINARIES_MISSING',
      message: `Fabric's programs (peer, orderer, osnadmin) are not in PATH or ${cache}/medaccord/fabric/3.1.5/bin`,
    });
  });

  it('need the builder of chaincode as a service beside them', () => {
    const bin = release('bare', undefined, false);
    expect(refusal({ fabricBin: bin, path: '' })).toMatchObject({
      code: 'BINARIES_MISSING',
      message: expect.stringContaining(join(folder, 'bare', 'builders', 'ccaas', 'bin')) as string,
    });
  });

  it('are programs: a file that cannot be run, or a folder, is none', () => {
    const bin = release('odd', ['orderer', 'osnadmin']);
    writeFileSync(join(bin, 'peer'), '');
    expect(refusal({ fabricBin: bin, path: '' })).toMatchObject({ code: 'BINARIES_MISSING' });
    rmSync(join(bin, 'peer'));
    mkdirSync(join(bin, 'peer'));
    expect(refusal({ fabricBin: bin, path: '' })).toMatchObject({ code: 'BINARIES_MISSING' });
  });
});
