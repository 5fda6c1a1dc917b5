import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{chaincode,gateway,network}/src/**/*.test.ts',
            'test/src/{docs,story,structure}/*.test.ts',
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'consortium',
          include: ['test/src/{conformance,end-to-end,features}/**/*.test.ts'],
          globalSetup: ['test/src/consortium/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
