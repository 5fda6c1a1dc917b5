import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { importCycles, importGraph } from './import-cycles.js';

const repository = fileURLToPath(new URL('../../../', import.meta.url));

describe('imports', () => {
  it.each(['chaincode', 'gateway', 'network', 'test'])('of %s go round in no circle', (workspace) => {
    const graph = importGraph(`${repository}${workspace}/src`);
    expect(graph.size).toBeGreaterThan(20);
    const cycles = importCycles(graph).map((group) => group.map((file) => file.slice(repository.length)));
    expect(cycles).toEqual([]);
  });

  it('that go round are found', () => {
    const graph = new Map([
      ['a', ['b', 'd']],
      ['b', ['c']],
      ['c', ['a']],
      ['d', ['e']],
      ['e', []],
      ['f', ['f']],
    ]);
    expect(importCycles(graph).map((group) => group.toSorted())).toEqual([['a', 'b', 'c'], ['f']]);
  });
});
