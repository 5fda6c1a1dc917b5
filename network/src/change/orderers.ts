import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { common } from '@hyperledger/fabric-protos';
import { carryOut, prepareChange, type PreparedChange } from '../channel-update/index.js';
import { portsOf, processControl, requireFreePorts } from '../consortium/index.js';
import { ensureCryptoMaterial } from '../crypto-material/index.js';
import { awaitCaughtUp, awaitOrderers, requireAllOrderers, requireFabricTopology } from '../fabric/index.js';
import { ordererPaths } from '../home/index.js';
import { channelsOf, formatTopology, parseTopology, type Topology } from '../topology/index.js';
import { ChangeError } from './change-error.js';
import { consenterAdded, consenterRemoved } from './consenters.js';
import { keepTopology } from './keep-topology.js';
import type { NetworkChange } from './network-change.js';
import { signaturesOf, type Plan } from './plan.js';
import type { Running } from './running.js';

const HOST = 'localhost';

export type OrdererNode = Topology['orderers']['nodes'][number];

/**
 * One more orderer: it starts, joins every channel as a follower, and fetches its blocks; only then does it become part
 * of the cluster, so that the cluster never waits for it.
 */
export class AddOrderer implements NetworkChange {
  private readonly next: Topology;

  /** @throws ChangeError ENGINE_CANNOT, ORGANISATION_CONFLICT; TopologyError. */
  constructor(
    private readonly running: Running,
    private readonly node: OrdererNode,
  ) {
    requireRealOrderers(running);
    const { topology } = running;
    const known = topology.orderers.nodes.find(({ name }) => name === node.name);
    if (known !== undefined && !isDeepStrictEqual(known, node)) {
      throw new ChangeError(
        'ORGANISATION_CONFLICT',
        `there is an orderer ${node.name} already, at other ports`,
      );
    }
    this.next = known === undefined ? withNodes(topology, [...topology.orderers.nodes, node]) : topology;
    requireFabricTopology(this.next);
  }

  async plan(): Promise<Plan> {
    const { name } = this.node;
    // Its certificate comes later: any that is not there yet stands for it.
    const updates = await preparedOn(this.running, this.running.topology, consenterAdded(this.consenter('')));
    const isNew = this.next !== this.running.topology;
    const starts = `${name} starts with a certificate of the orderers' authority, joins as a follower and catches up`;
    return {
      changes: [
        ...(isNew ? [starts] : []),
        ...updates.map(({ channel }) => `${name} becomes part of the cluster of ${channel}`),
      ],
      signatures: updates.map(signaturesOf),
      restarts: [],
    };
  }

  async carryOut(note: (text: string) => void): Promise<void> {
    const { home, topology } = this.running;
    // Where it is one of them already, it may be what a killed command has left half done.
    const others = topology.orderers.nodes.filter(({ name }) => name !== this.node.name);
    if (others.length > 0) await requireAllOrderers(topology, others);
    if (this.next !== topology) {
      const known = new Set(portsOf(topology, 'fabric', false).map(({ port }) => port));
      await requireFreePorts(portsOf(this.next, 'fabric', false).filter(({ port }) => !known.has(port)));
    }
    await ensureCryptoMaterial(this.next, home);
    keepTopology(home, topology, this.next);
    for (const done of await processControl(home).follow()) note(done);
    await awaitCaughtUp(home, this.next, this.node);
    const { tls } = ordererPaths(home, this.next.orderers).orderer(this.node.name);
    const certificate = readFileSync(join(tls, 'server.crt'), 'utf8');
    for (const { channel } of await preparedOn(
      this.running,
      this.next,
      consenterAdded(this.consenter(certificate)),
    )) {
      await carryOutOne(this.running, this.next, channel, consenterAdded(this.consenter(certificate)));
      note(`${this.node.name} is part of the cluster of ${channel}`);
    }
    await awaitOrderers(this.next);
  }

  private consenter(tlsCertificate: string) {
    return { host: HOST, port: this.node.port, tlsCertificate };
  }
}

/** One orderer less: out of the cluster first, where all the others have to be well; then its process ends. */
export class RemoveOrderer implements NetworkChange {
  private readonly node: OrdererNode | undefined;

  /** @throws ChangeError ENGINE_CANNOT, QUORUM_AT_RISK; where there is no such orderer, nothing is to be done. */
  constructor(
    private readonly running: Running,
    private readonly name: string,
  ) {
    requireRealOrderers(running);
    const { nodes } = running.topology.orderers;
    this.node = nodes.find((node) => node.name === name);
    if (this.node !== undefined && nodes.length === 1) {
      throw new ChangeError(
        'QUORUM_AT_RISK',
        `${name} is the only orderer`,
        'Add another first: medaccord orderer add',
      );
    }
    if (this.node === undefined) {
      throw new ChangeError(
        'ORDERER_UNKNOWN',
        `there is no orderer ${name}`,
        `There are: ${nodes.map((node) => node.name).join(', ')}`,
      );
    }
  }

  async plan(): Promise<Plan> {
    const updates = await preparedOn(this.running, this.running.topology, this.change());
    return {
      changes: [
        ...updates.map(({ channel }) => `${this.name} is taken out of the cluster of ${channel}`),
        `the process of ${this.name} ends; its files stay`,
      ],
      signatures: updates.map(signaturesOf),
      restarts: [],
    };
  }

  async carryOut(note: (text: string) => void): Promise<void> {
    const { home, topology } = this.running;
    const next = without(topology, this.name);
    const updates = await preparedOn(this.running, next, this.change());
    // With everybody well, one less leaves a majority of those who stay.
    const isBegun = updates.length < channelsOf(topology).length;
    await requireAllOrderers(topology, (isBegun ? next : topology).orderers.nodes);
    for (const { channel } of updates) {
      await carryOutOne(this.running, next, channel, this.change());
      note(`${this.name} is out of the cluster of ${channel}`);
    }
    keepTopology(home, topology, next);
    for (const done of await processControl(home).follow()) note(done);
    await awaitOrderers(next);
  }

  private change(): (root: common.ConfigGroup) => void {
    return consenterRemoved({ host: HOST, port: this.node?.port ?? 0 });
  }
}

async function preparedOn(
  { home, topology }: Running,
  through: Topology,
  change: (root: common.ConfigGroup) => void,
): Promise<PreparedChange[]> {
  const updates = await Promise.all(
    channelsOf(topology).map(({ name }) => prepareChange(home, through, name, change)),
  );
  return updates.filter((update) => update !== undefined);
}

async function carryOutOne(
  { home }: Running,
  through: Topology,
  channel: string,
  change: (root: common.ConfigGroup) => void,
): Promise<void> {
  const prepared = await prepareChange(home, through, channel, change);
  if (prepared !== undefined) await carryOut(home, through, prepared);
}

function requireRealOrderers({ engine, topology }: Running): void {
  const { consensus } = topology.orderers;
  if (engine === 'fabric' && consensus === 'raft') return;
  if (engine === 'fabric') {
    throw new ChangeError(
      'ENGINE_CANNOT',
      `the members of a ${consensus} cluster are not changed by this version`,
    );
  }
  throw new ChangeError(
    'ENGINE_CANNOT',
    'the embedded ledger is one process: it has no cluster of orderers',
    'Orderers come and go on real Fabric: medaccord up --engine fabric',
  );
}

function without(topology: Topology, name: string): Topology {
  return withNodes(
    topology,
    topology.orderers.nodes.filter((node) => node.name !== name),
  );
}

function withNodes(topology: Topology, nodes: readonly OrdererNode[]): Topology {
  const next = { ...topology, orderers: { ...topology.orderers, nodes: [...nodes] } };
  return parseTopology(formatTopology(next), 'the topology with other orderers');
}
