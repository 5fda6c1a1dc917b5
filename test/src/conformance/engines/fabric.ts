import type { Engine } from '../network.js';

const NOT_YET =
  'MEDACCORD_ENGINE=fabric: the suite cannot start a network of real peers yet; leave the variable out, or write ' +
  'test/src/conformance/engines/fabric.ts (docs/conformance.md says what it has to provide)';

/** Real Fabric: fails, rather than let anybody believe that its peers passed. */
export const fabricEngine: Engine = {
  start: () => Promise.reject(new Error(NOT_YET)),
  attach: () => {
    throw new Error(NOT_YET);
  },
  stop: () => Promise.resolve(),
};
