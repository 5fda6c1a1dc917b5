import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadBundles } from './bundle.js';
import { generateBundles } from './generator.js';
import { organisationFor } from './organisation-rule.js';
import { planFrom } from './plan.js';

const CARE = ['hospital-a', 'hospital-b', 'lab-a'];
const REAL = join(import.meta.dirname, '../../../../shared/data/synthea-r4');

describe('the rule for organisations', () => {
  it('does not depend on the order of the topology, and uses every organisation', () => {
    const ids = Array.from({ length: 60 }, (_, i) => `organisation-${String(i)}`);
    const mapped = ids.map((id) => organisationFor(id, CARE));
    expect(ids.map((id) => organisationFor(id, [...CARE].reverse()))).toEqual(mapped);
    expect(new Set(mapped)).toEqual(new Set(CARE));
  });
});

describe('a plan', () => {
  it('of generated bundles is complete and adds up', () => {
    const plan = planFrom(generateBundles(5), CARE);
    expect(plan.patients).toHaveLength(5);
    const claims = plan.patients.flatMap((patient) => patient.claims);
    expect(claims.some((claim) => claim.coverage === undefined)).toBe(true);
    for (const claim of claims) {
      expect(claim.lines.reduce((sum, line) => sum + line.amount, 0)).toBe(claim.total);
      expect(claim.lines.every((line) => line.amount >= 0)).toBe(true);
    }
  });

  it.runIf(existsSync(REAL))('of the 48 real bundles finds everything in them', async () => {
    const { bundles, skipped } = await loadBundles(REAL);
    expect(skipped).toEqual([]);
    const plan = planFrom(bundles, CARE);
    const records = plan.patients.flatMap((patient) => patient.records);
    const claims = plan.patients.flatMap((patient) => patient.claims);
    expect(bundles).toHaveLength(48);
    expect(plan.patients).toHaveLength(46);
    expect(plan.practitioners.size).toBe(102);
    expect(plan.organisations.size).toBe(102);
    expect(records).toHaveLength(220 + 547 + 247 + 177);
    expect(claims).toHaveLength(929);
    expect(claims.filter((claim) => claim.coverage === undefined)).toHaveLength(4);
    for (const claim of claims) {
      expect(claim.lines.reduce((sum, line) => sum + line.amount, 0)).toBe(claim.total);
      expect(claim.lines.every((line) => line.amount >= 0)).toBe(true);
    }
  });
});

describe('loading', () => {
  it('names a broken bundle and goes on with the rest', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bundles-'));
    writeFileSync(join(folder, 'a.json'), '{ "resourceType": "Bundle", "entry": [');
    writeFileSync(join(folder, 'b.json'), JSON.stringify({ resourceType: 'Patient', id: 'x' }));
    const claim = { resourceType: 'Claim', id: 'c' };
    writeFileSync(
      join(folder, 'c.json'),
      JSON.stringify({ resourceType: 'Bundle', entry: [{ fullUrl: 'urn:c', resource: claim }] }),
    );
    writeFileSync(join(folder, 'd.json'), JSON.stringify({ resourceType: 'Bundle', entry: [] }));
    const { bundles, skipped } = await loadBundles(folder);
    expect(bundles.map((bundle) => bundle.name)).toEqual(['d.json']);
    expect(skipped.map(({ file }) => file)).toEqual(['a.json', 'b.json', 'c.json']);
    expect(skipped[2]?.reason).toContain('Claim/c: provider');
  });
});
