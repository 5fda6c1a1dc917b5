import { isCare } from '@medaccord/chaincode/api';
import { carryOut, prepareChange, type PreparedChange } from '../channel-update/index.js';
import { processControl } from '../consortium/index.js';
import {
  chaincodeDefinition,
  channelsOf,
  findOrganisation,
  formatTopology,
  isConsortium,
  parseTopology,
  type Topology,
} from '../topology/index.js';
import { ChangeError } from './change-error.js';
import { keepTopology } from './keep-topology.js';
import type { NetworkChange } from './network-change.js';
import { nextSequence } from './organisation-file.js';
import { signaturesOf, type Plan } from './plan.js';
import type { Running } from './running.js';

/**
 * An organisation leaves: the contracts stop asking for it, the consortium's others let it go, its processes end, and the
 * channels' configurations name it no more. Its files stay in the home.
 */
export class RemoveOrganisation implements NetworkChange {
  private readonly next: Topology;

  /** @throws CodedError ORGANISATION_UNKNOWN; ChangeError TOO_FEW_REMAIN. */
  constructor(
    private readonly running: Running,
    private readonly name: string,
  ) {
    this.next = withoutOrganisation(running.topology, name);
  }

  /** Collections that it is a member of by the definition in force: what it has of them is in its peers' files. */
  get held(): string[] {
    const { topology } = this.running;
    if (this.next === topology || !isConsortium(topology)) return [];
    const { mspId } = findOrganisation(topology, this.name);
    return chaincodeDefinition(topology)
      .collections.filter(({ memberOrgs }) => memberOrgs.includes(mspId))
      .map((collection) => collection.name);
  }

  async plan(): Promise<Plan> {
    const { topology, engine } = this.running;
    const updates = await this.updates();
    const isMember = this.next !== topology;
    const own = isMember && isConsortium(this.next) ? this.next : undefined;
    const changes = [
      ...(own === undefined
        ? []
        : [
            `${own.chaincode.name} is approved by the others at sequence ${own.chaincode.sequence}; every collection stays defined`,
            `the care organisations' admins approve that ${this.name} leaves the consortium`,
          ]),
      ...(isMember ? [`the processes of ${this.name} end; its files stay: ${this.held.join(', ')}`] : []),
      ...updates.map(({ channel }) => `${this.name} is taken out of the configuration of ${channel}`),
    ];
    const gateways = own?.organisations.map((one) => `gateway-${one.name}`) ?? [];
    const restarts = isMember ? [...(engine === 'embedded' ? ['ledger'] : []), ...gateways] : [];
    return { changes, signatures: updates.map(signaturesOf), restarts };
  }

  async carryOut(note: (text: string) => void): Promise<void> {
    const { home, topology } = this.running;
    const { held } = this;
    keepTopology(home, topology, this.next);
    for (const done of await processControl(home).follow()) note(done);
    // Not before: a definition can only name members of the channel, and it named this one.
    for (const update of await this.updates()) {
      await carryOut(home, this.next, update);
      note(`${this.name} is not on ${update.channel} any more, signed by ${update.signers.join(', ')}`);
    }
    if (held.length > 0)
      note(`${this.name} held values of: ${held.join(', ')}; they are in its peers' files`);
  }

  private async updates(): Promise<PreparedChange[]> {
    const { home, topology } = this.running;
    const updates = await Promise.all(
      channelsOf(topology).map(({ name: channel }) =>
        prepareChange(home, this.next, channel, (root) => {
          root.getGroupsMap().get('Application')?.getGroupsMap().del(this.name);
        }),
      ),
    );
    return updates.filter((update) => update !== undefined);
  }
}

/** The same topology where it has left already. */
function withoutOrganisation(topology: Topology, name: string): Topology {
  const known = topology.organisations.some((one) => one.name === name);
  const isFormer = isConsortium(topology) && topology.formerOrganisations.some((one) => one.name === name);
  if (!known && isFormer) return topology;
  findOrganisation(topology, name);
  const organisations = topology.organisations.filter((one) => one.name !== name);
  const channels = topology.channels.map((channel) => ({
    ...channel,
    organisations: channel.organisations.filter((one) => one !== name),
  }));
  const empty = channels.find((channel) => channel.organisations.length === 0);
  if (organisations.length === 0 || empty !== undefined) {
    throw tooFew(`${name} is alone on ${empty?.name ?? topology.channel}`);
  }
  if (!isConsortium(topology)) return parsed({ ...topology, organisations, channels }, name);
  const left = topology.organisations.filter((one) => one.name !== name);
  if (left.length < 2 || !left.some(({ kind }) => isCare(kind))) {
    throw tooFew(`a consortium needs two organisations, one of which gives care; without ${name} it has not`);
  }
  const { kind } = findOrganisation(topology, name);
  const next = {
    ...topology,
    organisations: left,
    channels,
    chaincode: nextSequence(topology.chaincode),
    formerOrganisations: [...topology.formerOrganisations, { name, kind }],
  };
  return parsed(next, name);
}

function parsed(topology: Topology, without: string): Topology {
  return parseTopology(formatTopology(topology), `the topology without ${without}`);
}

function tooFew(message: string): ChangeError {
  return new ChangeError('TOO_FEW_REMAIN', message, 'Let another organisation join first: medaccord org add');
}
