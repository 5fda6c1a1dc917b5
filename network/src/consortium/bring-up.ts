import { mkdirSync } from 'node:fs';
import { serveControl, serveProcessControl, type ControlServer } from '../control/index.js';
import { runPaths } from '../home/index.js';
import type { OrganisationDatabase } from '../postgres/index.js';
import {
  checkDatabases,
  databasesFromTemplate,
  preparePostgres,
  rememberOwnServer,
  requireBuiltInServer,
} from '../postgres/index.js';
import type { BackOff, ProcessEvents } from '../process/index.js';
import { removeRunState, Supervisor, writeRunState } from '../process/index.js';
import { isConsortium, type ConsortiumTopology, type Topology } from '../topology/index.js';
import type { EngineName } from './engine.js';
import { ConsortiumError } from './errors.js';
import { follow } from './follow.js';
import type { Parts } from './parts.js';
import { portsOf, requireFreePorts } from './ports.js';
import type { NetworkPlan } from './process-plan.js';
import type { Reporter } from './progress.js';
import { runStep } from './progress.js';
import { endLeftovers } from './running.js';
import type { Summary } from './summary.js';
import { summarize } from './summary.js';
import { SupervisedPeers } from './supervised-peers.js';
import { SupervisedProcesses } from './supervised-processes.js';
import type { TopologyChoice } from './topology-in-force.js';
import { requireTopology, settleTopology } from './topology-in-force.js';

export interface BringUpOptions {
  readonly home: string;
  readonly engine: EngineName;
  readonly topology: TopologyChoice;
  /** URL template of a server of the user's own. */
  readonly databaseUrl?: string;
  readonly reporter: Reporter;
  /** What happens to processes later. */
  readonly events?: Pick<ProcessEvents, 'died' | 'back'> & { told?(text: string): void };
  readonly backOff?: BackOff;
  /** Stops the start where it is. */
  readonly signal?: AbortSignal;
}

/** A consortium whose processes this one supervises. */
export interface RunningConsortium {
  readonly summary: Summary;
  /** Stops all in reverse order and removes the run state. */
  stop(): Promise<void>;
}

/**
 * Starts everything, from whatever a former run left. Call it with the run lock held.
 * @throws CodedError of the step that failed, with nothing left running; ConsortiumError STOPPED on `signal`.
 */
export async function bringUp(options: BringUpOptions, parts: Parts): Promise<RunningConsortium> {
  const { home, signal } = options;
  const run = new Run(options);
  const abort = () => void run.stop();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    signal?.throwIfAborted();
    const summary = await run.steps(parts);
    signal?.throwIfAborted();
    return { summary, stop: () => run.stop() };
  } catch (error) {
    await run.stop();
    if (signal?.aborted === true) {
      throw new ConsortiumError('STOPPED', `the start of ${home} was stopped; the next up goes on`);
    }
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

class Run {
  private summary: Summary | undefined;
  private phase: 'starting' | 'running' | 'stopping' = 'starting';
  private readonly started = new Date().toISOString();
  private readonly supervisor: Supervisor;
  private readonly home: string;
  private control: ControlServer | undefined;
  private processControl: ControlServer | undefined;
  private watching: { close(): Promise<void> } | undefined;
  private stopped: Promise<void> | undefined;

  constructor(private readonly options: BringUpOptions) {
    this.home = options.home;
    this.supervisor = new Supervisor({
      logFolder: runPaths(options.home).logs,
      backOff: options.backOff,
      events: { ...options.events, changed: () => this.save() },
    });
  }

  async steps(parts: Parts): Promise<Summary> {
    const { home, options } = this;
    const { reporter, databaseUrl, engine } = options;
    mkdirSync(home, { recursive: true });
    await endLeftovers(home);
    this.save();

    let topology!: Topology;
    let network!: NetworkPlan;
    await runStep(reporter, 'topology', async () => {
      topology = settleTopology(home, options.topology, engine);
      network = await parts.planNetwork(home, topology, engine);
      return `${topology.name}: ${topology.organisations.map(({ name }) => name).join(', ')}`;
    });
    let databases: readonly OrganisationDatabase[] | undefined;
    if (isConsortium(topology)) {
      databases = await parts.prepareDatabases?.(topology.organisations.map(({ name }) => name));
      if (databases === undefined && databaseUrl === undefined) requireBuiltInServer(home);
    }
    await runStep(reporter, 'ports', async () => {
      const needed = portsOf(topology, engine, databaseUrl !== undefined);
      await requireFreePorts(needed);
      const free = `${needed.length} ports are free`;
      if (!isConsortium(topology)) return free;
      if (databaseUrl === undefined) return `${free}, PostgreSQL is built in`;
      databases ??= await databasesOfUser(
        databaseUrl,
        topology.organisations.map(({ name }) => name),
      );
      rememberOwnServer(home, databases);
      return `${free}, databases on a server of your own`;
    });
    await runStep(reporter, 'material', async (note) => {
      await parts.ensureMaterial(topology, home, note);
      return undefined;
    });
    if (isConsortium(topology)) await this.startConsortium(topology, network, parts, databases);
    else await this.startNetwork(topology, network);
    const processes = new SupervisedProcesses(this.supervisor, (note) => this.follow(parts, note));
    this.processControl = await serveProcessControl(runPaths(home).supervisor, processes);
    this.summary = summarize(home, topology, engine);
    this.phase = 'running';
    this.save();
    return this.summary;
  }

  private async startNetwork(topology: Topology, plan: NetworkPlan): Promise<void> {
    const { supervisor, options } = this;
    await runStep(options.reporter, 'authorities', async () => {
      await supervisor.start(...plan.authorities);
      return undefined;
    });
    await this.startLedger(topology, plan);
  }

  private async startConsortium(
    topology: ConsortiumTopology,
    network: NetworkPlan,
    parts: Parts,
    ready: readonly OrganisationDatabase[] | undefined,
  ): Promise<void> {
    const { home, supervisor } = this;
    const { reporter, engine } = this.options;
    const names = topology.organisations.map(({ name }) => name);
    const plan = await parts.planConsortium(home, topology, engine);
    let databases: readonly OrganisationDatabase[] = [];
    await runStep(reporter, 'servers', async (note) => {
      [databases] = await Promise.all([
        ready ?? this.startDatabases(names, topology.postgres.port),
        supervisor.start(...plan.chaincode, ...network.authorities),
      ]);
      note('ready');
      return undefined;
    });
    parts.keepDatabases?.(home, topology, databases);
    await this.startLedger(topology, network);
    await runStep(reporter, 'contracts', (note) => parts.deploy(home, topology, engine, note));
    await runStep(reporter, 'bootstrap', () => parts.bootstrap(home, topology));
    await runStep(reporter, 'gateways', async () => {
      const gateways = topology.organisations.map((organisation) => {
        const database = databases.find(({ organisation: of }) => of === organisation.name);
        return plan.gateway(organisation, database?.url ?? '');
      });
      await supervisor.start(...gateways);
      return `${gateways.length} ready`;
    });
  }

  private async startLedger(topology: Topology, { ledger, settle, watch }: NetworkPlan): Promise<void> {
    await runStep(this.options.reporter, 'ledger', async (note) => {
      for (const group of ledger) {
        note(group.map(({ name }) => name).join(', '));
        await this.supervisor.start(...group);
      }
      const done = await settle(note);
      await this.attend(topology, watch);
      return done;
    });
  }

  /** Brings what runs to what the home's topology says by now. */
  private async follow(parts: Parts, note: (text: string) => void): Promise<void> {
    const { home, supervisor } = this;
    const { engine, databaseUrl } = this.options;
    const topology = requireTopology(home);
    const databases = async (next: ConsortiumTopology): Promise<readonly OrganisationDatabase[]> => {
      const names = next.organisations.map(({ name }) => name);
      const given = await parts.prepareDatabases?.(names);
      if (given !== undefined) return given;
      if (databaseUrl !== undefined) return databasesOfUser(databaseUrl, names);
      const postgres = await preparePostgres(home, next.postgres.port, names);
      await postgres.ensureDatabases();
      return postgres.databases;
    };
    const ledgerReady = (next: Topology, { watch }: NetworkPlan): Promise<void> => this.attend(next, watch);
    await follow({ home, engine, supervisor, parts, databases, ledgerReady }, topology, note);
    this.summary = summarize(home, topology, engine);
    this.save();
  }

  /** Looks after the ledger of that topology from now on. */
  private async attend(topology: Topology, watch: NetworkPlan['watch']): Promise<void> {
    // The embedded ledger is told by itself which of its peers run.
    if (this.options.engine === 'fabric') await this.serveControl(topology);
    await this.watching?.close();
    this.watching = watch?.((text) => this.options.events?.told?.(text));
  }

  private async serveControl(topology: Topology): Promise<void> {
    await this.control?.close();
    const peers = new SupervisedPeers(this.supervisor, topology);
    this.control = await serveControl(runPaths(this.home).control, peers);
  }

  stop(): Promise<void> {
    this.stopped ??= this.stopOnce();
    return this.stopped;
  }

  private async startDatabases(
    names: readonly string[],
    port: number,
  ): Promise<readonly OrganisationDatabase[]> {
    const postgres = await preparePostgres(this.home, port, names);
    await this.supervisor.start(postgres.process);
    await postgres.ensureDatabases();
    return postgres.databases;
  }

  private async stopOnce(): Promise<void> {
    this.phase = 'stopping';
    this.save();
    await this.processControl?.close();
    await this.control?.close();
    await this.watching?.close();
    await this.supervisor.stop();
    removeRunState(runPaths(this.home).state);
  }

  private save(): void {
    if (this.phase === 'stopping' && this.supervisor.reports.every(({ status }) => status === 'stopped'))
      return;
    const { phase, started, summary } = this;
    writeRunState(runPaths(this.home).state, { phase, started, summary, processes: this.supervisor.reports });
  }
}

/** @throws PostgresError where the URL is no template, or one of its databases cannot be used. */
async function databasesOfUser(
  template: string,
  names: readonly string[],
): Promise<readonly OrganisationDatabase[]> {
  const databases = databasesFromTemplate(template, names);
  await checkDatabases(databases);
  return databases;
}
