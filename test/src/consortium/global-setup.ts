import { readdirSync } from 'node:fs';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { testedEngine } from './engine.js';
import { wipeConsortium } from './wipe.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the homes that all test files share. */
    consortia: string;
  }
}

/**
 * Consortia start when the first test asks for them; at the end all of them stop, and nothing may be left. With
 * MEDACCORD_TEST_HOMES=<folder> they go on running there, so that the next run of a test begins at once.
 */
export default async function setup({ provide, config }: TestProject): Promise<() => Promise<void>> {
  process.stdout.write(`Consortia run on the ${testedEngine(config.env['MEDACCORD_ENGINE'])} engine.\n`);
  const kept = process.env['MEDACCORD_TEST_HOMES'];
  const root = kept ?? (await mkdtemp(join(tmpdir(), 'medaccord-')));
  provide('consortia', root);
  return async () => {
    if (kept !== undefined) return;
    await Promise.all(readdirSync(root).map((name) => wipeConsortium(join(root, name))));
    await rmdir(root);
  };
}
