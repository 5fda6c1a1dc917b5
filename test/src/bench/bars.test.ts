import type { LoopResult } from '@medaccord/network/bench/closed-loop';
import { expect, it } from 'vitest';
import { bars } from './bars.js';
import { lines } from './report-lines.js';
import type { EngineReport, Report } from './report.js';

const rate = (perSecond: number): LoopResult => ({
  count: 100,
  perSecond,
  p50: 10,
  p95: 20,
  p99: 30,
  cpuMs: { peers: 4 },
});

function engine(name: 'embedded' | 'fabric', [sdk, session, rest]: [number, number, number]): EngineReport {
  const rates = { sdk: rate(sdk), session: rate(session), rest: rate(rest) };
  return {
    engine: name,
    batch: { maxMessages: 50, timeoutMs: 200 },
    rates: { 16: rates, 64: rates, 200: rates },
    loneMs: { sdk: 220, session: 220, rest: 250 },
    batches: { leavesPerBatch: 5_000, batches: 20, hashesPerSecond: 9_000 },
  };
}

const report = (...engines: EngineReport[]): Report => ({
  machine: { cores: 2, node: 'v20', platform: 'linux' },
  engines,
});

it('judges each engine by ratios of its own run', () => {
  const judged = bars(report(engine('fabric', [100, 120, 110])));
  expect(judged.map(({ what, isMet }) => [what, isMet])).toEqual([
    ['fabric: REST of session, 200 in flight', true],
    ['fabric: REST of SDK, 200 in flight', true],
    ['fabric: session of SDK, 200 in flight', true],
    ['fabric: record hashes a second', false],
    ['fabric: lone REST submit, batch timeouts', true],
  ]);
  const slow = bars(report(engine('fabric', [100, 108, 98])));
  expect(slow.filter(({ isMet }) => !isMet).map(({ measured }) => measured)).toEqual([0.98, 1.08, 9_000]);
});

it('compares the engines where both were measured', () => {
  const both = bars(report(engine('embedded', [300, 360, 330]), engine('fabric', [100, 121, 110])));
  expect(both.at(-1)).toMatchObject({ what: 'embedded of fabric, session, 64 in flight', isMet: false });
  expect(both).toHaveLength(11);
});

it('tells all of it in lines', () => {
  const text = lines(report(engine('embedded', [100, 120, 110]))).join('\n');
  expect(text).toContain(
    'embedded, rest, 200 in flight: 110/s, p50 10 ms, p95 20 ms, p99 30 ms; CPU ms each: peers 4.00',
  );
  expect(text).toContain('MISSED embedded: record hashes a second: 9.00e+3 (bar 1.00e+4)');
});
