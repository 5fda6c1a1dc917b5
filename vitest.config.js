import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';

/** Files that take longest, begun first: none of them is to run alone at the end. */
const LONGEST = ['story', 'faults', 'topologies', 'privacy', 'fuzz', 'bad-input'];

class LongestFirst extends BaseSequencer {
  async sort(files) {
    const place = ({ moduleId }) => {
      const found = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return found < 0 ? LONGEST.length : found;
    };
    return (await super.sort(files)).sort((one, other) => place(one) - place(other));
  }
}

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // Files share what they import, which is a third of their work; none of them may change it.
          isolate: false,
          include: [
            '{chaincode,gateway,network}/src/**/*.test.ts',
            'test/src/{docs,installation,story,structure}/*.test.ts',
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'consortium',
          include: ['test/src/{end-to-end,features}/**/*.test.ts'],
          globalSetup: ['test/src/consortium/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'conformance',
          include: ['test/src/conformance/**/*.test.ts'],
          globalSetup: ['test/src/conformance/global-setup.ts'],
          testTimeout: 40_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
