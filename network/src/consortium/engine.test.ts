import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { engineFor } from './engine.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'engine-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const codeOf = (asked: string | undefined): unknown => {
  try {
    return engineFor(home, asked);
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('the engine of a home', () => {
  it('is the one that is asked for, else the embedded ledger, while there is no ledger', () => {
    expect(codeOf(undefined)).toBe('embedded');
    expect(codeOf('fabric')).toBe('fabric');
    expect(codeOf('quorum')).toBe('ENGINE_NOT_AVAILABLE');
  });

  it.each([
    ['ledger', 'embedded', 'fabric'],
    ['fabric', 'fabric', 'embedded'],
  ])('is, with %s/ in it, %s: going on with %s is refused', (folder, own, other) => {
    mkdirSync(join(home, folder));
    expect(codeOf(undefined)).toBe(own);
    expect(codeOf(own)).toBe(own);
    expect(codeOf(other)).toBe('HOME_OF_ANOTHER_ENGINE');
  });
});
