import { z } from 'zod';

/** `config/monitoring/panels.yaml`. */
export const Panels = z.array(
  z.strictObject({
    row: z.string(),
    panels: z.array(
      z.strictObject({ title: z.string(), unit: z.string(), expr: z.string(), legend: z.string() }),
    ),
  }),
);
export type Panels = z.infer<typeof Panels>;

const WIDTH = 8;
const HEIGHT = 8;
const COLUMNS = 24;

/** A dashboard as Grafana (from 9 on) imports it; which Prometheus it asks is chosen there. */
export function dashboard(name: string, rows: Panels): object {
  const panels: object[] = [];
  let y = 0;
  for (const { row, panels: own } of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: row,
      collapsed: false,
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
    });
    y += 1;
    for (const [index, { title, unit, expr, legend }] of own.entries()) {
      const x = (index * WIDTH) % COLUMNS;
      panels.push({
        id: panels.length + 1,
        type: 'timeseries',
        title,
        datasource: { type: 'prometheus', uid: '${datasource}' },
        fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
        targets: [{ refId: 'A', expr, legendFormat: legend }],
        gridPos: { x, y: y + Math.floor(index / (COLUMNS / WIDTH)) * HEIGHT, w: WIDTH, h: HEIGHT },
      });
    }
    y += Math.ceil(own.length / (COLUMNS / WIDTH)) * HEIGHT;
  }
  return {
    uid: `medaccord-${name}`.slice(0, 40),
    title: `MedAccord: ${name}`,
    schemaVersion: 38,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    templating: {
      list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus' }],
    },
    panels,
  };
}
