import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { engineFor, requireTopology } from '../consortium/index.js';
import { writeDurably } from '../process/index.js';
import { globalOptions } from './global-options.js';
import { printJson, printLine } from './output.js';

export function registerMonitoring(program: Command): void {
  program
    .command('monitoring')
    .description('write what Prometheus and Grafana need to watch the nodes of this home')
    .requiredOption('--out <dir>', 'folder for prometheus.yml, alerts.yml and dashboard.json')
    .addHelpText(
      'after',
      `
Example:
  medaccord monitoring --out /etc/prometheus/medaccord
  prometheus --config.file /etc/prometheus/medaccord/prometheus.yml

Again after a change of the topology. The dashboard is imported in Grafana, which asks for its Prometheus.`,
    )
    .action(async (options: { readonly out: string }, command: Command) => {
      const { home, json } = globalOptions(command);
      const { monitoringFiles } = await import('../monitoring/index.js');
      const files = monitoringFiles(home, requireTopology(home), engineFor(home, undefined));
      const folder = resolve(options.out);
      for (const [name, content] of Object.entries(files)) writeDurably(join(folder, name), String(content));
      if (json) printJson({ folder, files: Object.keys(files) });
      else printLine(`Written to ${folder}: ${Object.keys(files).join(', ')}`);
    });
}
