import { common } from '@hyperledger/fabric-protos';
import { carryOut, prepareChange, type PreparedChange } from '../channel-update/index.js';
import { portsOf, processControl, requireFreePorts } from '../consortium/index.js';
import { ensureCryptoMaterial } from '../crypto-material/index.js';
import { organisationGroup } from '../embedded/channel/index.js';
import { organisationPaths } from '../home/index.js';
import { channelsOf, isConsortium, type Organisation, type Topology } from '../topology/index.js';
import { keepTopology } from './keep-topology.js';
import type { NetworkChange } from './network-change.js';
import { withOrganisation } from './organisation-file.js';
import { signaturesOf, type Plan } from './plan.js';
import type { Running } from './running.js';

const HOST = 'localhost';

/**
 * An organisation joins: certificates of its own authority, the channels' configurations, then all that `up` would start
 * for it. Its peers begin with block 0.
 * @param channels Further ones that it joins beside the one of all organisations.
 */
export class AddOrganisation implements NetworkChange {
  private readonly next: Topology;

  /** @throws ChangeError ORGANISATION_CONFLICT; TopologyError; FabricError PORTS_MISSING. */
  constructor(
    private readonly running: Running,
    private readonly organisation: Organisation,
    channels: readonly string[],
  ) {
    this.next = withOrganisation(running.topology, organisation, channels);
  }

  async plan(): Promise<Plan> {
    const { topology, engine } = this.running;
    const { name, peers } = this.organisation;
    const updates = await this.updates(new common.ConfigGroup());
    const isNew = this.next !== topology;
    const definition = isConsortium(this.next) ? this.next.chaincode : undefined;
    const changes = [
      ...updates.map(({ channel }) => `${name} is added to the configuration of ${channel}`),
      ...(isNew
        ? [
            `certificates of ${name}'s own authority, as far as they are not there`,
            `starts ca-${name}, ${peers.map((peer) => `${peer.name}.${name}`).join(', ')}`,
          ]
        : []),
      ...(isNew && definition !== undefined
        ? [
            `${definition.name} is approved by all at sequence ${definition.sequence}, with collections and policy for ${name}`,
            `the care organisations' admins approve that ${name} joins the consortium`,
            `starts the chaincode service and the gateway of ${name}`,
          ]
        : []),
    ];
    const gateways = isConsortium(topology) ? topology.organisations.map((one) => `gateway-${one.name}`) : [];
    const restarts = isNew ? [...(engine === 'embedded' ? ['ledger'] : []), ...gateways] : [];
    return { changes, signatures: updates.map(signaturesOf), restarts };
  }

  /** Its certificates are made: others have to see them in what they sign. */
  async prepare(): Promise<PreparedChange[]> {
    await this.requirePossible();
    const { home } = this.running;
    await ensureCryptoMaterial(this.next, home);
    return this.updates(this.group());
  }

  async carryOut(note: (text: string) => void): Promise<void> {
    const { home, topology } = this.running;
    for (const update of await this.prepare()) {
      await carryOut(home, topology, update);
      note(`${this.organisation.name} is on ${update.channel}, signed by ${update.signers.join(', ')}`);
    }
    keepTopology(home, topology, this.next);
    for (const done of await processControl(home).follow()) note(done);
  }

  private async requirePossible(): Promise<void> {
    const { engine, topology } = this.running;
    if (engine === 'fabric') {
      const { requireFabricTopology } = await import('../fabric/index.js');
      requireFabricTopology(this.next);
    }
    if (this.next === topology) return;
    const known = new Set(portsOf(topology, engine, false).map(({ port }) => port));
    await requireFreePorts(portsOf(this.next, engine, false).filter(({ port }) => !known.has(port)));
  }

  private group(): common.ConfigGroup {
    const { home, engine } = this.running;
    const { name, mspId, peers } = this.organisation;
    const anchorPeers = peers.slice(0, 1).map(({ port }) => ({ host: HOST, port }));
    const dir = organisationPaths(home, this.organisation).msp;
    return organisationGroup({ name, mspId, dir, ...(engine === 'fabric' ? { anchorPeers } : {}) }, false);
  }

  /** One that is on a channel already stays there as it is. */
  private async updates(group: common.ConfigGroup): Promise<PreparedChange[]> {
    const { home, topology } = this.running;
    const { name } = this.organisation;
    const joined = channelsOf(this.next).filter(({ members }) => members.some((one) => one.name === name));
    const updates = await Promise.all(
      joined.map(({ name: channel }) =>
        prepareChange(home, topology, channel, (root) => {
          const members = root.getGroupsMap().get('Application')?.getGroupsMap();
          if (members?.has(name) === false) members.set(name, group);
        }),
      ),
    );
    return updates.filter((update) => update !== undefined);
  }
}
