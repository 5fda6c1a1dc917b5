import { defineConfig } from 'vitest/config';
import { enginesHere, hasFabric } from './vitest.fabric.js';

/** Faults on purpose, for minutes: `npm run test:fault`, apart from `npm test`. */
export default defineConfig({
  test: {
    name: 'fault',
    pool: 'forks',
    env: enginesHere(await hasFabric()),
    include: ['test/src/fault/**/*.test.ts'],
    hookTimeout: 60_000,
    fileParallelism: false,
    disableConsoleIntercept: true,
  },
});
