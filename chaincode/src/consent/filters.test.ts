import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { consent } from '../api/index.js';
import { isWithinFilters, matchesFilters } from './filters.js';

const ID = (digit: string) => digit.repeat(32);
const META: consent.RecordMeta = {
  patient: ID('1'),
  custodian: 'hospital-a',
  record: ID('2'),
  category: 'laboratory',
  author: ID('3'),
  encounter: ID('4'),
  labels: ['psychiatry', 'hiv'],
  serviceDate: '2026-01-15',
};

describe('filters', () => {
  it.each<[consent.Filters, boolean]>([
    [{}, true],
    [{ categories: ['imaging', 'laboratory'] }, true],
    [{ categories: ['imaging'] }, false],
    [{ authors: [ID('3')] }, true],
    [{ authors: [ID('9')] }, false],
    [{ encounters: [ID('4')] }, true],
    [{ encounters: [ID('9')] }, false],
    [{ records: [ID('2')] }, true],
    [{ records: [ID('9')] }, false],
    [{ labels: ['hiv', 'other'] }, true],
    [{ labels: ['other'] }, false],
    [{ period: { from: '2026-01-15', to: '2026-01-15' } }, true],
    [{ period: { from: '2026-01-16', to: '2026-02-01' } }, false],
    [{ period: { from: '2025-01-01', to: '2026-01-14' } }, false],
    [{ categories: ['laboratory'], authors: [ID('9')] }, false],
  ])('%j match: %s', (filters, expected) => {
    expect(matchesFilters(filters, META)).toBe(expected);
  });

  it('of an encounter match no record without one', () => {
    expect(matchesFilters({ encounters: [ID('4')] }, { ...META, encounter: undefined })).toBe(false);
  });

  it('that lie within others match nothing that the others do not', () => {
    const word = fc.constantFrom('a', 'b', 'c');
    const list = fc.option(fc.uniqueArray(word, { minLength: 1 }), { nil: undefined });
    const day = fc.constantFrom('2026-01-01', '2026-01-02', '2026-01-03');
    const filters = fc.record({
      categories: list,
      authors: list,
      encounters: list,
      records: list,
      labels: list,
      period: fc.option(fc.record({ from: day, to: day }), { nil: undefined }),
    });
    const meta = fc.record({
      category: word,
      author: word,
      encounter: fc.option(word, { nil: undefined }),
      record: word,
      labels: fc.uniqueArray(word),
      serviceDate: day,
    });
    fc.assert(
      fc.property(filters, filters, meta, (inner, outer, some) => {
        const record = { ...META, ...some };
        fc.pre(isWithinFilters(inner, outer) && matchesFilters(inner, record));
        expect(matchesFilters(outer, record)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
