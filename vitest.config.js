import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import { enginesHere, hasFabric } from './vitest.fabric.js';

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

const conformance = (name, engine) => ({
  extends: true,
  test: {
    name,
    include: ['test/src/conformance/**/*.test.ts'],
    globalSetup: ['test/src/conformance/global-setup.ts'],
    env: engine === undefined ? {} : { MEDACCORD_ENGINE: engine },
    testTimeout: 40_000,
    hookTimeout: 180_000,
  },
});

const consortium = (name, engine, include) => ({
  extends: true,
  test: {
    name,
    include,
    globalSetup: ['test/src/consortium/global-setup.ts'],
    env: engine === undefined ? {} : { MEDACCORD_ENGINE: engine },
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});

/** What asks running gateways, whatever the ledger below them is. */
const ON_BOTH_ENGINES = [
  'test/src/features/**/*.test.ts',
  'test/src/end-to-end/{story,read-model,topologies,faults}.test.ts',
];

/** The same on real peers and orderers, where Fabric's programs are found. */
const onRealFabric = [
  conformance('conformance-fabric', 'fabric'),
  consortium('consortium-fabric', 'fabric', ON_BOTH_ENGINES),
  consortium('fabric', 'fabric', ['test/src/fabric/**/*.test.ts']),
];

const isFabricHere = await hasFabric();

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    env: enginesHere(isFabricHere),
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
            'test/src/{bench,docs,installation,story,structure}/*.test.ts',
          ],
        },
      },
      consortium('consortium', undefined, ['test/src/{end-to-end,features}/**/*.test.ts']),
      conformance('conformance', undefined),
      ...(isFabricHere ? onRealFabric : []),
    ],
  },
});
