import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseTopology, type Topology } from '../topology/index.js';
import { requireFabricTopology } from './node-ports.js';

function topology(name: string): Topology {
  const file = new URL(`../../../config/${name}`, import.meta.url);
  return parseTopology(readFileSync(file, 'utf8'), file.pathname);
}

const refusal = (given: Topology): unknown => {
  try {
    return requireFabricTopology(given);
  } catch (error) {
    return error;
  }
};

describe('a topology for real nodes', () => {
  it.each([
    'topology.yaml',
    'examples/network-only.yaml',
    'examples/two-organisations.yaml',
    'examples/six-organisations.yaml',
    'examples/eight-organisations.yaml',
  ])('is %s', (name) => {
    expect(refusal(topology(name))).toBeUndefined();
  });

  it('says the operations and administration ports that real nodes open', () => {
    const given = topology('examples/network-only.yaml');
    const nodes = given.orderers.nodes.map(({ name, port }) => ({ name, port }));
    expect(refusal({ ...given, orderers: { ...given.orderers, nodes } })).toMatchObject({
      code: 'PORTS_MISSING',
      message: expect.stringContaining('orderer0: operations, orderer0: admin') as string,
    });
  });

  it('has contracts in process only where they are the consortium’s own, which are services here', () => {
    const own = { name: 'medaccord', version: '1.0', path: 'chaincode' };
    const given = topology('topology.yaml');
    expect(refusal({ ...given, inProcess: [own] })).toBeUndefined();
    expect(refusal({ ...given, inProcess: [own, { ...own, name: 'basic' }] })).toMatchObject({
      code: 'IN_PROCESS_NOT_SUPPORTED',
      message: 'real peers run no contracts in their own process: basic',
    });
  });
});
