import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { EngineName } from '../consortium/index.js';
import { ORDERER_ORGANISATION } from '../crypto-material/index.js';
import { organisationPaths } from '../home/index.js';
import { isConsortiumOrganisation, type Topology } from '../topology/index.js';
import { dashboard, Panels } from './dashboard.js';

const templates = new URL('../../../config/monitoring/', import.meta.url);

/** Names of the files and their content. */
export interface MonitoringFiles {
  readonly 'prometheus.yml': string;
  readonly 'alerts.yml': string;
  readonly 'dashboard.json': string;
}

/**
 * What Prometheus and Grafana need to watch a home's nodes: where to ask, what to tell of, what to show. Labels name
 * organisations and nodes, nobody else.
 */
export function monitoringFiles(home: string, topology: Topology, engine: EngineName): MonitoringFiles {
  return {
    'prometheus.yml': stringify({
      global: { scrape_interval: '5s', evaluation_interval: '5s' },
      rule_files: ['alerts.yml'],
      scrape_configs: [...(engine === 'fabric' ? nodeJobs(topology) : []), ...gatewayJobs(home, topology)],
    }),
    'alerts.yml': alerts(topology, engine),
    'dashboard.json': `${JSON.stringify(dashboard(topology.name, Panels.parse(parse(template('panels.yaml')))), null, 2)}\n`,
  };
}

interface Target {
  readonly targets: readonly string[];
  readonly labels: { readonly organisation: string; readonly node: string };
}

/** Operations endpoints are on this machine's loopback, without TLS. */
function nodeJobs({ orderers, organisations }: Topology): object[] {
  const target = (organisation: string, node: string, port: number | undefined): Target[] =>
    port === undefined ? [] : [{ targets: [`localhost:${port}`], labels: { organisation, node } }];
  return [
    {
      job_name: 'medaccord-orderers',
      static_configs: orderers.nodes.flatMap(({ name, operations }) =>
        target(ORDERER_ORGANISATION, name, operations),
      ),
    },
    {
      job_name: 'medaccord-peers',
      static_configs: organisations.flatMap(({ name, peers }) =>
        peers.flatMap((peer) => target(name, `${peer.name}.${name}`, peer.operations)),
      ),
    },
  ];
}

/** One for each, as each has a TLS authority of its own; one job in metrics and rules. */
function gatewayJobs(home: string, { organisations }: Topology): object[] {
  return organisations.filter(isConsortiumOrganisation).map((organisation) => ({
    job_name: `medaccord-gateway-${organisation.name}`,
    scheme: 'https',
    tls_config: { ca_file: organisationPaths(home, organisation).tlsCa.certificate },
    static_configs: [
      {
        targets: [`localhost:${organisation.gateway.rest}`],
        labels: { organisation: organisation.name, node: `gateway-${organisation.name}` },
      },
    ],
  }));
}

const Rules = z.object({ groups: z.array(z.looseObject({ name: z.string() })) });

/** The embedded ledger has no metrics: its rules would never have anything to look at. */
function alerts({ orderers }: Topology, engine: EngineName): string {
  const majority = String(Math.floor(orderers.nodes.length / 2) + 1);
  const { groups } = Rules.parse(parse(template('alerts.yaml').replaceAll('${majority}', majority)));
  const needed = ['medaccord-nodes', 'medaccord-gateways'];
  return stringify({ groups: groups.filter(({ name }) => engine === 'fabric' || needed.includes(name)) });
}

function template(name: string): string {
  return readFileSync(fileURLToPath(new URL(name, templates)), 'utf8');
}
