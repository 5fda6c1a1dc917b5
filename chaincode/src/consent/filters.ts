import type { consent } from '../api/index.js';

type Filters = consent.Filters;
type RecordMeta = consent.RecordMeta;

/** Lists of a filter, with the property of a record that each looks at; one common entry is a match. */
const LISTS = {
  categories: ({ category }: RecordMeta) => [category],
  authors: ({ author }: RecordMeta) => [author],
  encounters: ({ encounter }: RecordMeta) => (encounter === undefined ? [] : [encounter]),
  records: ({ record }: RecordMeta) => [record],
  labels: ({ labels }: RecordMeta) => labels,
} as const;
const LIST_NAMES = ['categories', 'authors', 'encounters', 'records', 'labels'] as const;

/** Whether a record falls under a filter: every member that is present matches. */
export function matchesFilters(filters: Filters, meta: RecordMeta): boolean {
  const lists = LIST_NAMES.every((name) => {
    const allowed = filters[name];
    return allowed === undefined || LISTS[name](meta).some((value) => allowed.includes(value));
  });
  const { period } = filters;
  return (
    lists && (period === undefined || (period.from <= meta.serviceDate && meta.serviceDate <= period.to))
  );
}

/** Whether every record that falls under `inner` also falls under `outer`, as far as the lists say. */
export function isWithinFilters(inner: Filters, outer: Filters): boolean {
  const lists = LIST_NAMES.every((name) => {
    const allowed = outer[name];
    return allowed === undefined || (inner[name]?.every((value) => allowed.includes(value)) ?? false);
  });
  if (!lists) return false;
  if (outer.period === undefined) return true;
  return (
    inner.period !== undefined && outer.period.from <= inner.period.from && inner.period.to <= outer.period.to
  );
}
