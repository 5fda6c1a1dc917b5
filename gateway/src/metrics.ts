import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** The process's Prometheus metrics; labels are operation names, codes and statuses, never ids. */
export interface Metrics {
  readonly registry: Registry;
  request(operation: string, status: number, seconds: number): void;
  ledgerCall(name: string, outcome: string, seconds: number): void;
  active(count: number): void;
  block(number: number): void;
  shed(code: string): void;
}

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Histogram({
    name: 'medaccord_http_request_seconds',
    help: 'Time from request to answer',
    labelNames: ['operation', 'status'] as const,
    buckets: BUCKETS,
    registers,
  });
  const ledger = new Histogram({
    name: 'medaccord_ledger_submit_seconds',
    help: 'Time from endorsement to commit',
    labelNames: ['function', 'outcome'] as const,
    buckets: BUCKETS,
    registers,
  });
  const active = new Gauge({ name: 'medaccord_http_active_requests', help: 'Requests worked on', registers });
  const block = new Gauge({ name: 'medaccord_ledger_block', help: 'Newest block seen', registers });
  const shed = new Counter({
    name: 'medaccord_http_shed_total',
    help: 'Requests refused by a limit',
    labelNames: ['code'] as const,
    registers,
  });
  return {
    registry,
    request: (operation, status, seconds) => {
      requests.observe({ operation, status: String(status) }, seconds);
    },
    ledgerCall: (name, outcome, seconds) => {
      ledger.observe({ function: name, outcome }, seconds);
    },
    active: (count) => {
      active.set(count);
    },
    block: (number) => {
      block.set(number);
    },
    shed: (code) => {
      shed.inc({ code });
    },
  };
}
