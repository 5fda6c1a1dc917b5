import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { ensureCryptoMaterial } from '../crypto-material/index.js';
import { listPorts, loadTopology } from '../topology/index.js';
import { monitoringFiles, type MonitoringFiles } from './monitoring-files.js';

const repository = new URL('../../../', import.meta.url);
const topology = loadTopology(fileURLToPath(new URL('config/topology.yaml', repository)));

const found = spawnSync('promtool', ['--version']).error === undefined;
if (!found)
  process.stderr.write('Not checked with promtool: it is not installed (Debian: apt install prometheus)\n');

let folder: string;
let files: MonitoringFiles;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'medaccord-monitoring-'));
  await ensureCryptoMaterial(topology, folder);
  files = monitoringFiles(folder, topology, 'fabric');
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), String(content));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Scraped {
  readonly scrape_configs: readonly {
    readonly static_configs: readonly { readonly targets: string[]; readonly labels: object }[];
  }[];
}
const targetsOf = (text: string) =>
  (parse(text) as Scraped).scrape_configs
    .flatMap(({ static_configs }) => static_configs.flatMap(({ targets }) => targets))
    .toSorted();
const expressions = (): string[] => {
  const { groups } = parse(files['alerts.yml']) as { groups: { rules: { expr: string }[] }[] };
  const board = JSON.parse(files['dashboard.json']) as { panels: { targets?: { expr: string }[] }[] };
  return [
    ...groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
    ...board.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ];
};

describe('what Prometheus is told', () => {
  it('is every operations port and every gateway of the topology', () => {
    const wanted = listPorts(topology)
      .filter(({ path }) => path.at(-1) === 'operations' || path.at(-1) === 'rest')
      .map(({ port }) => `localhost:${port}`);
    expect(targetsOf(files['prometheus.yml'])).toEqual(wanted.toSorted());
  });

  it('is on the embedded ledger the gateways alone, and no rule about nodes that tell nothing', () => {
    const embedded = monitoringFiles(folder, topology, 'embedded');
    expect(targetsOf(embedded['prometheus.yml'])).toHaveLength(4);
    expect(embedded['alerts.yml']).not.toContain('medaccord-orderers');
  });

  it('asks gateways for metrics that they have', () => {
    const own = readFileSync(new URL('gateway/src/metrics.ts', repository), 'utf8');
    const names = expressions().flatMap((expr) => expr.match(/medaccord_[a-z_]+/g) ?? []);
    const missing = names.filter((name) => !own.includes(`'${name.replace(/_(bucket|count|sum)$/, '')}'`));
    expect(new Set(names).size).toBeGreaterThan(4);
    expect(missing).toEqual([]);
  });

  it('names nobody: labels are of nodes, channels, operations and codes', () => {
    const labels = (parse(files['prometheus.yml']) as Scraped).scrape_configs.flatMap(({ static_configs }) =>
      static_configs.flatMap((target) => Object.keys(target.labels)),
    );
    expect([...new Set(labels)]).toEqual(['organisation', 'node']);
  });
});

describe.skipIf(!found)('by promtool', () => {
  const promtool = (...words: string[]) => spawnSync('promtool', words, { encoding: 'utf8', cwd: folder });

  it('the configuration and the rules are good', () => {
    expect(promtool('check', 'config', 'prometheus.yml')).toMatchObject({ status: 0 });
    expect(promtool('check', 'rules', 'alerts.yml')).toMatchObject({ status: 0 });
  });

  it('the rules tell of what they are for, and of nothing else', () => {
    const up = (job: string, node: string, values: string) => ({
      series: `up{job="${job}",node="${node}"}`,
      values,
    });
    const height = (node: string, values: string) => ({
      series: `ledger_blockchain_height{job="medaccord-peers",channel="care",node="${node}"}`,
      values,
    });
    const alert = (alertname: string, eval_time: string, exp_alerts: object[]) => ({
      alertname,
      eval_time,
      exp_alerts,
    });
    const tests = {
      rule_files: ['alerts.yml'],
      evaluation_interval: '15s',
      tests: [
        {
          interval: '15s',
          input_series: [
            up('medaccord-orderers', 'orderer0', '1x40'),
            up('medaccord-orderers', 'orderer1', '1x8 0x32'),
            up('medaccord-orderers', 'orderer2', '1x20 0x20'),
            height('peer0.a', '10+1x40'),
            height('peer0.b', '10+1x8 18x32'),
          ],
          alert_rule_test: [
            alert('MedAccordQuorumLost', '1m', []),
            alert('MedAccordQuorumAtRisk', '4m30s', [
              {
                exp_labels: { severity: 'warning' },
                exp_annotations: {
                  summary: 'one more orderer that goes stops the channel',
                  action: 'bring the orderers back that are away; medaccord doctor names them',
                },
              },
            ]),
            alert('MedAccordQuorumLost', '9m', [
              {
                exp_labels: { severity: 'critical' },
                exp_annotations: {
                  summary: 'too few orderers answer: nothing is committed',
                  action: 'bring the orderers back that are away; medaccord doctor names them',
                },
              },
            ]),
            alert('MedAccordPeerBehind', '2m', []),
            alert('MedAccordPeerBehind', '9m', [
              {
                exp_labels: { severity: 'warning', job: 'medaccord-peers', channel: 'care', node: 'peer0.b' },
                exp_annotations: {
                  summary: 'peer0.b is 28 blocks of care behind',
                  action: 'medaccord logs peer0.b: does it reach the orderers?',
                },
              },
            ]),
          ],
        },
      ],
    };
    writeFileSync(join(folder, 'tests.yml'), stringify(tests));
    const { status, stdout, stderr } = promtool('test', 'rules', 'tests.yml');
    expect(`${String(status)} ${stdout}${stderr}`).toMatch(/^0 /);
  });
});
