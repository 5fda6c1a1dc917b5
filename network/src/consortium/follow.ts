import type { OrganisationDatabase } from '../postgres/index.js';
import type { ProcessSpec, Supervisor } from '../process/index.js';
import { isConsortium, type ConsortiumTopology, type Topology } from '../topology/index.js';
import type { EngineName } from './engine.js';
import type { Parts } from './parts.js';
import type { ConsortiumPlan, NetworkPlan } from './process-plan.js';

/** What runs, and what makes more of it. */
export interface Followed {
  readonly home: string;
  readonly engine: EngineName;
  readonly supervisor: Supervisor;
  readonly parts: Parts;
  /** Where organisations' databases are; those of new organisations are made. */
  databases(topology: ConsortiumTopology): Promise<readonly OrganisationDatabase[]>;
  /** The ledger runs as this topology says. */
  ledgerReady(topology: Topology, plan: NetworkPlan): Promise<void>;
}

/**
 * Brings what runs to what another topology says, by the steps of `up`: what is missing is started, what reads something
 * else by now starts again, one after the other, and what is not wanted any more is ended last. Cut short at any moment,
 * it goes on when it is called again, and so does the next `up`.
 */
export async function follow(
  followed: Followed,
  topology: Topology,
  note: (text: string) => void,
): Promise<void> {
  const { home, engine, supervisor, parts } = followed;
  await parts.ensureMaterial(topology, home, () => undefined);
  const network = await parts.planNetwork(home, topology, engine);
  await startMissing(supervisor, network.authorities, note);
  const own = isConsortium(topology) ? await ownParts(followed, topology) : undefined;
  // One that is there in another form goes on until its successor has taken over: `contracts` below.
  await startMissing(supervisor, own?.plan.chaincode ?? [], note);
  for (const group of network.ledger) {
    await startMissing(supervisor, group, note);
    await restartChanged(supervisor, group, note);
  }
  note(await network.settle(() => undefined));
  await followed.ledgerReady(topology, network);
  if (own !== undefined) await contracts(followed, own, note);
  const planned = [
    network.ledger.flat(),
    network.authorities,
    own?.plan.chaincode ?? [],
    own?.gateways ?? [],
  ];
  await endUnplanned(supervisor, planned.flat(), note);
}

interface OwnParts {
  readonly topology: ConsortiumTopology;
  readonly plan: ConsortiumPlan;
  readonly gateways: readonly ProcessSpec[];
}

async function ownParts(followed: Followed, topology: ConsortiumTopology): Promise<OwnParts> {
  const { home, engine, parts } = followed;
  const databases = await followed.databases(topology);
  parts.keepDatabases?.(home, topology, databases);
  const plan = await parts.planConsortium(home, topology, engine);
  const gateways = topology.organisations.map((organisation) => {
    const database = databases.find(({ organisation: of }) => of === organisation.name);
    return plan.gateway(organisation, database?.url ?? '');
  });
  return { topology, plan, gateways };
}

/**
 * Where organisations come, gateways know them before the contracts ask for their endorsements; where they go, the
 * contracts ask no more before gateways forget them.
 */
async function contracts(
  { home, engine, supervisor, parts }: Followed,
  { topology, plan, gateways }: OwnParts,
  note: (text: string) => void,
): Promise<void> {
  const fewer = supervisor.reports.some(
    ({ name }) => name.startsWith('gateway-') && gateways.every((gateway) => gateway.name !== name),
  );
  if (!fewer) await restartChanged(supervisor, gateways, note);
  for (const spec of plan.chaincode) {
    const known = supervisor.specOf(spec.name);
    if (known === undefined || !isOther(known, spec)) continue;
    await supervisor.handOver(spec, async () => {
      const done = await parts.switchChaincode?.(home, topology, engine, spec);
      note(done ?? `${spec.name} restarted`);
    });
  }
  note(await parts.deploy(home, topology, engine, () => undefined));
  note(await parts.bootstrap(home, topology));
  if (fewer) await restartChanged(supervisor, gateways, note);
  await startMissing(supervisor, gateways, note);
}

async function startMissing(
  supervisor: Supervisor,
  specs: readonly ProcessSpec[],
  note: (text: string) => void,
): Promise<void> {
  const missing = specs.filter(({ name }) => supervisor.specOf(name) === undefined);
  await supervisor.ensure(...missing);
  for (const { name } of missing) note(`${name} started`);
}

async function restartChanged(
  supervisor: Supervisor,
  specs: readonly ProcessSpec[],
  note: (text: string) => void,
): Promise<void> {
  for (const spec of specs) {
    const known = supervisor.specOf(spec.name);
    if (known === undefined || !isOther(known, spec)) continue;
    await supervisor.replace(spec);
    note(`${spec.name} restarted`);
  }
}

function isOther(one: ProcessSpec, other: ProcessSpec): boolean {
  const told = ({ arguments: words = [], reads = '', port = 0 }: ProcessSpec) =>
    JSON.stringify([words, reads, port]);
  return told(one) !== told(other);
}

/** PostgreSQL is nobody's plan here: it stays. */
async function endUnplanned(
  supervisor: Supervisor,
  planned: readonly ProcessSpec[],
  note: (text: string) => void,
): Promise<void> {
  const wanted = new Set(['postgres', ...planned.map(({ name }) => name)]);
  const others = supervisor.reports.map(({ name }) => name).filter((name) => !wanted.has(name));
  for (const name of others.reverse()) {
    await supervisor.remove(name);
    note(`${name} ended`);
  }
}
