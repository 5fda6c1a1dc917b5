import { engineFor, processLines, requireTopology, runningState } from '../consortium/index.js';
import { channelsOf, isConsortiumOrganisation } from '../topology/index.js';
import type { Finding } from './finding.js';
import { checkCertificates, checkDisk, checkPorts } from './machine.js';
import { checkChaincode, checkOrderers, checkPeers, ordererViews, peerHeights } from './nodes.js';
import { checkAuthority, checkDatabase, checkGateway, checkProcesses } from './services.js';

export interface DoctorOptions {
  /** Less room than that is a finding, in bytes. */
  readonly leastFree?: number;
}

export interface Diagnosis {
  readonly running: boolean;
  readonly findings: readonly Finding[];
}

/**
 * Looks at a home and at what runs of it, and names everything that is wrong. It changes nothing.
 * @throws ConsortiumError NOT_RUNNING where there is no consortium.
 */
export async function examine(home: string, options: DoctorOptions = {}): Promise<Diagnosis> {
  const topology = requireTopology(home);
  const engine = engineFor(home, undefined);
  const state = runningState(home);
  const machine = await Promise.all([checkDisk(home, options.leastFree), checkCertificates(home, topology)]);
  if (state === undefined) {
    const findings = [...machine, await checkPorts(home, topology, engine)].flat();
    return { running: false, findings };
  }
  const heights = await peerHeights(home, topology);
  const silent = new Set(heights.flatMap(({ peer, problem }) => (problem === undefined ? [] : [peer])));
  const channels = channelsOf(topology).map(({ name }) => name);
  const gateways = topology.organisations.filter(isConsortiumOrganisation);
  const views = engine === 'fabric' ? await ordererViews(topology) : undefined;
  const known = [
    ...checkProcesses(processLines(state)),
    ...(views === undefined ? [] : checkOrderers(views, channels, topology.orderers.consensus)),
    ...checkPeers(heights),
  ];
  const asked = await Promise.all([
    checkChaincode(home, topology, silent),
    ...topology.organisations.map((organisation) => checkAuthority(home, organisation)),
    ...gateways.map((organisation) => checkDatabase(home, organisation)),
    ...gateways.map((organisation) => checkGateway(home, organisation)),
  ]);
  return { running: true, findings: [...machine.flat(), ...known, ...asked.flat()] };
}
