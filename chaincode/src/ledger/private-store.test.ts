import { createHash } from 'node:crypto';
import type { ChaincodeStub } from 'fabric-shim-api';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { assetKind } from './asset-kind.js';
import { careStore, writeCareKey } from './private-store.js';

const ID = 'a'.repeat(32);
const KIND = assetKind('visit', z.strictObject({ id: z.string() }));
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The private data of one collection, as a member's peer has it. */
function collection() {
  const values = new Map<string, Buffer>();
  const stub = {
    getPrivateData: (_: string, key: string) => Promise.resolve(values.get(key) ?? Buffer.alloc(0)),
    putPrivateData: (_: string, key: string, value: Buffer) => Promise.resolve(void values.set(key, value)),
  } as unknown as ChaincodeStub;
  return { stub, values };
}

async function keyUnder(secret: string): Promise<string> {
  const { stub, values } = collection();
  await writeCareKey(stub, secret);
  await careStore(stub).put(KIND, { id: ID });
  expect(await careStore(stub).get(KIND, ID)).toEqual({ id: ID });
  return [...values.keys()].at(-1) ?? '';
}

describe('the keys of the care collection', () => {
  it('tell nothing to who knows the id and not the secret', async () => {
    const key = await keyUnder(sha256('one'));
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(key).not.toContain(ID);
    const guesses = [ID, `visit${ID}`, `["visit","${ID}"]`, `\u0000visit\u0000${ID}\u0000`];
    expect(guesses.map(sha256)).not.toContain(key);
    expect(await keyUnder(sha256('another'))).not.toBe(key);
    expect(await keyUnder(sha256('one'))).toBe(key);
  });

  it('are not made before there is a secret', async () => {
    const { stub, values } = collection();
    await expect(careStore(stub).put(KIND, { id: ID })).rejects.toMatchObject({ code: 'NOT_FOUNDED' });
    expect(values.size).toBe(0);
  });
});
