import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  channelsOf,
  findOrganisation,
  formatTopology,
  isConsortium,
  loadConsortium,
  listPorts,
  loadTopology,
  parseTopology,
  runsInProcess,
  TopologyError,
} from './index.js';

const file = (name: string) => fileURLToPath(new URL(`../../../config/${name}`, import.meta.url));
const two = readFileSync(file('examples/two-organisations.yaml'), 'utf8');

function refusal(text: string, portOffset = 0): TopologyError {
  try {
    parseTopology(text, 'topology.yaml', { portOffset });
  } catch (error) {
    if (error instanceof TopologyError) return error;
    throw error;
  }
  throw new Error('the topology was accepted');
}

describe('loadTopology', () => {
  it.each([
    ['topology.yaml', 4],
    ['examples/two-organisations.yaml', 2],
    ['examples/eight-organisations.yaml', 8],
    ['examples/network-only.yaml', 3],
  ])('reads config/%s with %i organisations', (name, count) => {
    const topology = loadTopology(file(name));
    expect(topology.organisations).toHaveLength(count);
    expect(new Set(listPorts(topology).map(({ port }) => port)).size).toBe(listPorts(topology).length);
  });

  it('moves every port by the offset', () => {
    const plain = listPorts(loadTopology(file('topology.yaml')));
    const moved = listPorts(loadTopology(file('topology.yaml'), { portOffset: 20_000 }));
    expect(moved.map(({ port }) => port - 20_000)).toEqual(plain.map(({ port }) => port));
  });

  it('finds packages beside the file, wherever it is read from afterwards', () => {
    const text = `${two}inProcess: [{ name: medaccord, version: '1.0', path: ../chaincode }]\n`;
    const topology = parseTopology(text, '/etc/consortium/topology.yaml');
    expect(topology.inProcess[0]?.path).toBe('/etc/chaincode');
    expect(parseTopology(formatTopology(topology), '/home/topology.yaml')).toEqual(topology);
    expect(isConsortium(topology) && runsInProcess(topology)).toBe(true);
  });

  it('reads back what formatTopology wrote', () => {
    const topology = loadTopology(file('examples/eight-organisations.yaml'), { portOffset: 100 });
    expect(parseTopology(formatTopology(topology), 'home')).toEqual(topology);
  });

  it('tells a network alone from a consortium', () => {
    const alone = loadTopology(file('examples/network-only.yaml'), { portOffset: 100 });
    expect(isConsortium(alone)).toBe(false);
    expect(parseTopology(formatTopology(alone), 'home')).toEqual(alone);
    expect(channelsOf(alone).map(({ name, members }) => [name, members.length])).toEqual([
      ['mychannel', 3],
      ['between-two', 2],
    ]);
    expect(isConsortium(loadConsortium(file('topology.yaml')))).toBe(true);
    expect(() => loadConsortium(file('examples/network-only.yaml'))).toThrow('is a network alone');
    // Half of a consortium is none.
    const half = readFileSync(file('examples/network-only.yaml'), 'utf8').replace(
      'name: org1',
      'name: org1\n    kind: lab',
    );
    expect(refusal(half).message).toContain('organisations[0].kind: is not a known field');
    expect(refusal(`${half}postgres: { port: 7432 }\n`).message).toContain('chaincode: is missing');
  });

  it('names a file that is not there', () => {
    expect(() => loadTopology('/nonexistent/topology.yaml')).toThrow(
      '/nonexistent/topology.yaml:1:1 there is no such file',
    );
  });

  it('lists the known organisations when asked for another', () => {
    const topology = loadTopology(file('topology.yaml'));
    expect(() => findOrganisation(topology, 'hospital-z')).toThrow(
      expect.objectContaining({
        code: 'ORGANISATION_UNKNOWN',
        hint: 'known organisations: hospital-a, hospital-b, insurer-a, lab-a',
      }),
    );
  });
});

describe('a bad topology names file, line, column and field', () => {
  const at = (line: string) => two.slice(0, two.indexOf(line)).split('\n').length;
  const secondCare = two.replace('kind: insurer', 'kind: hospital');

  it.each<[string, string, string]>([
    ['no YAML', 'a: [', 'topology.yaml:1:5 '],
    ['an empty file', '', 'topology.yaml:1:1 '],
    ['a list', '- a', 'topology.yaml:1:1 '],
    ['a twofold key', `name: x\n${two}`, 'Map keys must be unique'],
    [
      'a missing field',
      two.replace(/^channel.*\n/m, ''),
      `topology.yaml:2:1 channel: is missing (expected string)`,
    ],
    [
      'an unknown field',
      `${two}extra: 1\n`,
      `topology.yaml:${two.split('\n').length}:1 extra: is not a known field`,
    ],
    [
      'an unknown field of an organisation',
      two.replace('    kind: hospital', '    kindd: x\n    kind: hospital'),
      `:${at('    kind: hospital')}:5 organisations[0].kindd: is not a known field`,
    ],
    [
      'an unknown kind',
      two.replace('kind: insurer', 'kind: bank'),
      `:${at('    kind: insurer')}:5 organisations[1].kind: `,
    ],
    [
      'a second channel of the same name',
      `${two}channels: [{ name: care, organisations: [hospital-a] }]\n`,
      'channels[0].name: channel care is already used by channel',
    ],
    [
      'a channel that names an organisation twice',
      `${two}channels: [{ name: x, organisations: [hospital-a, hospital-a] }]\n`,
      'channels[0].organisations[1]: hospital-a is named twice',
    ],
    [
      'a package named twice',
      `${two}inProcess: [{ name: x, version: '1', path: a }, { name: x, version: '2', path: b }]\n`,
      'inProcess[1].name: chaincode x is already used by inProcess[0].name',
    ],
    [
      'a channel of an organisation that is not there',
      `${two}channels: [{ name: x, organisations: [nobody] }]\n`,
      'channels[0].organisations[0]: there is no organisation nobody',
    ],
    ['a version that is a number', two.replace("'1.0'", '1.0'), 'chaincode.version: '],
    [
      'a bad chaincode name',
      two.replace('name: medaccord, ', 'name: -x, '),
      'chaincode.name: must be a chaincode name',
    ],
    ['an unknown consensus', two.replace('raft', 'kafka'), 'orderers.consensus: '],
    [
      'a privileged port',
      two.replace('port: 7051,', 'port: 443,'),
      'organisations[0].peers[0].port: must be a port',
    ],
    ['a batch timeout of 0', two.replace(/timeoutMs: \d+/, 'timeoutMs: 0'), 'batch.timeoutMs: '],
    [
      'a single organisation',
      two.slice(0, two.indexOf('  - name: insurer-a')),
      'organisations: needs at least two',
    ],
    [
      'no peer',
      two.replace(/peers: \[\{ name: peer0, port: 7051, operations: 7056 \}\]/, 'peers: []'),
      'organisations[0].peers: needs',
    ],
    [
      'a domain of one label',
      two.replace('hospital-a.example', 'hospital'),
      'organisations[0].domain: must be',
    ],
    [
      'a port used twice',
      two.replace('port: 8054', 'port: 7443'),
      'organisations[1].ca.port: port 7443 is already used by organisations[0].gateway.rest',
    ],
    [
      "an orderer's port used by a peer",
      two.replace('port: 7051', 'port: 7050'),
      'organisations[0].peers[0].port: port 7050 is already used by orderers.nodes[0].port',
    ],
    [
      'a name used twice',
      two.replace('name: insurer-a', 'name: hospital-a'),
      'organisations[1].name: name hospital-a is already used by organisations[0].name',
    ],
    [
      "the orderers' MSP id used by an organisation",
      two.replace('InsurerAMSP', 'OrdererMSP'),
      'organisations[1].mspId: MSP id OrdererMSP is already used by orderers.mspId',
    ],
    [
      'a domain used twice',
      two.replace('insurer-a.example', 'hospital-a.example'),
      'organisations[1].domain: domain hospital-a.example is already used',
    ],
    [
      'a peer name used twice',
      two.replace('operations: 7056 }', 'operations: 7056 }, { name: peer0, port: 7061 }'),
      'organisations[0].peers[1].name: peer name peer0 is already used by organisations[0].peers[0].name',
    ],
    [
      'no care organisation',
      two.replace('kind: hospital', 'kind: regulator'),
      'organisations: needs at least one care',
    ],
    [
      'too few orderers for bft',
      two.replace('raft', 'bft'),
      'orderers.nodes: bft consensus needs at least 4',
    ],
    [
      'two pairs whose claims would share a collection',
      `${secondCare.replace('name: hospital-a', 'name: aa-bb').replace('name: insurer-a', 'name: aa')}${[
        ['cc', 21],
        ['bb-cc', 22],
      ]
        .map(
          ([name, base]) =>
            `  - {name: ${name}, kind: insurer, mspId: M${base}, domain: o${base}.example, peers: [{name: peer0, port: ${base}051}], ca: {port: ${base}054}, chaincode: {port: ${base}052}, gateway: {rest: ${base}443, exchange: ${base}444}}\n`,
        )
        .join('')}`,
      'claims collection claims-aa-bb-cc is already used',
    ],
  ])('%s', (_what, text, expected) => {
    const error = refusal(text);
    expect(error.message).toContain(expected);
    expect(error.message).toMatch(/^topology\.yaml:\d+:\d+ /);
    expect(error.problems.every(({ line, column }) => line > 0 && column > 0)).toBe(true);
  });

  it('reports every problem at once', () => {
    const error = refusal(two.replace('kind: insurer', 'kind: bank').replace('port: 7051', 'port: x'));
    expect(error.code).toBe('TOPOLOGY_INVALID');
    expect(error.problems.map(({ field }) => field).sort()).toEqual([
      'organisations[0].peers[0].port',
      'organisations[1].kind',
    ]);
  });

  it('an offset that leaves the range of ports', () => {
    expect(refusal(two, 60_000).message).toContain('with offset 60000 becomes 67050');
    expect(refusal(two, -7000).message).toContain('becomes 50');
  });
});
