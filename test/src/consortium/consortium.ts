import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ClientOptions } from '@medaccord/gateway/client';
import {
  type ConsortiumOrganisation,
  type ConsortiumTopology,
  loadConsortium,
} from '@medaccord/network/topology';
import { type CommandResult, medaccord, medaccordJson } from './command.js';
import { testedEngine } from './engine.js';
import { freePortOffset } from './free-ports.js';
import {
  type GatewayAddress,
  type Identity,
  type Member,
  gatewayAddress,
  logIn,
  readIdentity,
} from './identity.js';

export interface ProcessLine {
  name: string;
  status: string;
  pid?: number;
  port?: number;
  restarts: number;
}

const PORT_TAKEN = 4;
const ATTEMPTS = 3;

/** A real consortium: every process of it, on ports of its own, under a home folder of its own. */
export class Consortium {
  private readonly members = new Map<string, Promise<Member>>();

  private constructor(
    readonly home: string,
    readonly topology: ConsortiumTopology,
  ) {}

  /**
   * Starts what is not running yet under that home, by the command line, on the engine that MEDACCORD_ENGINE names.
   * @param topology file; the default one where left out. @param more options of `up`.
   */
  static async start(
    home: string,
    topology = 'config/topology.yaml',
    ...more: string[]
  ): Promise<Consortium> {
    const inForce = join(home, 'topology.yaml');
    const engine = ['--engine', testedEngine()];
    for (let attempt = 1; ; attempt++) {
      const ports = existsSync(inForce)
        ? []
        : ['--topology', topology, '--port-offset', String(await freePortOffset(loadConsortium(topology)))];
      const up = await medaccord('up', '--detach', '--json', '--home', home, ...engine, ...ports, ...more);
      if (up.code === 0) return new Consortium(home, loadConsortium(inForce));
      // Somebody took a port meanwhile: with others it may go.
      if (up.code !== PORT_TAKEN || attempt === ATTEMPTS) {
        throw new Error(`up ended with ${String(up.code)}:\n${up.stdout}${up.stderr}`);
      }
      await medaccord('down', '--wipe', '--yes', '--home', home);
    }
  }

  organisation(name: string): ConsortiumOrganisation {
    const found = this.topology.organisations.find((organisation) => organisation.name === name);
    if (!found) throw new Error(`the topology has no ${name}`);
    return found;
  }

  /** A demo identity, logged in once for all who ask. Refusals come at once: nothing is sent again. */
  member(organisation: string, user: string): Promise<Member> {
    const name = `${user}@${organisation}`;
    const known = this.members.get(name);
    if (known) return known;
    const member = this.logIn(organisation, user, { retries: 0 });
    this.members.set(name, member);
    return member;
  }

  /** As `member`, with a session of its own. */
  logIn(organisation: string, user: string, options: Partial<ClientOptions> = {}): Promise<Member> {
    return logIn(this.home, this.organisation(organisation), user, options);
  }

  identity(organisation: string, user: string): Promise<Identity> {
    return readIdentity(this.home, this.organisation(organisation), user);
  }

  gateway(organisation: string): Promise<GatewayAddress> {
    return gatewayAddress(this.home, this.organisation(organisation));
  }

  /** Any command of `medaccord` on this home. */
  command(...args: string[]): Promise<CommandResult> {
    return medaccord(...args, '--home', this.home);
  }

  async processes(): Promise<ProcessLine[]> {
    const status = await medaccordJson<{ processes: ProcessLine[] }>('status', '--home', this.home);
    return status.processes;
  }

  /** @throws Error where there is no such process, or it does not run. */
  async pidOf(name: string): Promise<number> {
    const pid = (await this.processes()).find((line) => line.name === name)?.pid;
    if (pid === undefined) throw new Error(`no process ${name} runs`);
    return pid;
  }

  /** Closes the connections of its members. */
  async disconnect(): Promise<void> {
    const members = await Promise.allSettled(this.members.values());
    for (const member of members) if (member.status === 'fulfilled') member.value.api.close();
    this.members.clear();
  }
}
