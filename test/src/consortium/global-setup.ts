import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { wipeConsortium } from './wipe.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the homes that all test files share. */
    consortia: string;
  }
}

/** Consortia start when the first test asks for them; here all of them end, and nothing may be left. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const root = await mkdtemp(join(tmpdir(), 'medaccord-'));
  provide('consortia', root);
  return async () => {
    for (const name of existsSync(root) ? readdirSync(root) : []) await wipeConsortium(join(root, name));
    await rmdir(root);
  };
}
