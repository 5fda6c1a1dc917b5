import { defineConfig } from 'vitest/config';
import { hasFabric } from './vitest.fabric.js';

await hasFabric();

/** Faults on purpose, for minutes: `npm run test:fault`, apart from `npm test`. */
export default defineConfig({
  test: {
    name: 'fault',
    pool: 'forks',
    include: ['test/src/fault/**/*.test.ts'],
    hookTimeout: 60_000,
    fileParallelism: false,
    disableConsoleIntercept: true,
  },
});
