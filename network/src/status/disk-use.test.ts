import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderBytes } from './disk-use.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'disk-use-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the disk that a folder takes', () => {
  it('is that of all files below it', async () => {
    mkdirSync(join(folder, 'a', 'b'), { recursive: true });
    writeFileSync(join(folder, 'one'), Buffer.alloc(1_000_000, 1));
    writeFileSync(join(folder, 'a', 'b', 'two'), Buffer.alloc(500_000, 1));
    const bytes = await folderBytes(folder);
    expect(bytes).toBeGreaterThanOrEqual(1_500_000);
    expect(bytes).toBeLessThan(1_700_000);
  });

  it('is not known where there is no such folder', async () => {
    expect(await folderBytes(join(folder, 'none'))).toBeUndefined();
  });
});
