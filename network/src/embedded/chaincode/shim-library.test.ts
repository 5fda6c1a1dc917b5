import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadShimLibrary } from './shim-library.js';

const CONTRACTS = fileURLToPath(new URL('../../../../chaincode/', import.meta.url));
const shim = createRequire(createRequire(join(CONTRACTS, 'package.json')).resolve('fabric-shim'));

interface Logger {
  level: string;
  debug(...message: unknown[]): unknown;
  error(...message: unknown[]): unknown;
  format: { transform(info: object): unknown };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shim-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the shim of a contract package', () => {
  it('makes the contracts that the package exports', async () => {
    const chaincode = await loadShimLibrary(CONTRACTS).newChaincode();
    expect(Object.keys(chaincode.contractImplementations)).toContain('consent');
    // Loading again adds nothing to the package's own list.
    await expect(loadShimLibrary(CONTRACTS).newChaincode()).resolves.toBeDefined();
  });

  it('formats a message where its level is logged, and only there', () => {
    loadShimLibrary(CONTRACTS);
    const { getLogger } = shim('fabric-shim/lib/logger.js') as { getLogger(name: string): Logger };
    const logger = getLogger('test');
    const format = vi.spyOn(logger.format, 'transform').mockReturnValue(false);
    logger.debug('unseen');
    expect(format).not.toHaveBeenCalled();
    logger.error('seen');
    expect(format).toHaveBeenCalledOnce();
    logger.level = 'debug';
    logger.debug('seen');
    expect(format).toHaveBeenCalledTimes(2);
  });

  it('has a parameter’s schema compiled once', async () => {
    const { contractImplementations } = await loadShimLibrary(CONTRACTS).newChaincode();
    const ajv = contractImplementations['consent']?.dataMarshall?.ajv as unknown as {
      compile(schema: object): (value: object) => boolean;
      _addSchema(schema: object): object;
    };
    const look = vi.spyOn(ajv, '_addSchema');
    const prop = { type: 'string' };
    const [first, second] = [ajv.compile({ properties: { prop } }), ajv.compile({ properties: { prop } })];
    expect(look).toHaveBeenCalledOnce();
    expect(second).toBe(first);
    expect([first({ prop: 'text' }), first({ prop: 1 })]).toEqual([true, false]);
  });

  it('is refused where the folder holds no package, or one without the shim', async () => {
    expect(() => loadShimLibrary(join(folder, 'nothing'))).toThrow('package.json does not exist');
    await writeFile(join(folder, 'package.json'), '{}');
    expect(() => loadShimLibrary(folder)).toThrow("Cannot find module 'fabric-shim'");
  });

  it('is refused where it comes with protobuf classes of its own', async () => {
    const own = join(folder, 'own');
    const installed = dirname(shim.resolve('fabric-shim/package.json'));
    await mkdir(join(own, 'node_modules', '@hyperledger', 'fabric-protos'), { recursive: true });
    await writeFile(join(own, 'package.json'), '{}');
    await cp(join(installed, 'package.json'), join(own, 'node_modules', 'fabric-shim', 'package.json'));
    await writeFile(join(own, 'node_modules', 'fabric-shim', 'index.js'), '');
    await writeFile(join(own, 'node_modules', '@hyperledger', 'fabric-protos', 'index.js'), '');
    expect(() => loadShimLibrary(own)).toThrow('its own copy of @hyperledger/fabric-protos');
  });
});
