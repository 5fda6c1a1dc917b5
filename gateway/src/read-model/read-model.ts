import type { LedgerTables } from './ledger-tables.js';
import type { FilterOf, ItemOf, ListName } from './lists.js';
import type { Page, PageQuery, ReadModel, ReaderQuery } from '../ports.js';

/** The lists that use cases read, over the projected tables. */
export function readModel(tables: LedgerTables): ReadModel {
  const list =
    <N extends ListName>(name: N) =>
    ({
      cursor,
      limit,
      visibleTo,
      ...filter
    }: PageQuery & Partial<ReaderQuery> & FilterOf<N>): Promise<Page<ItemOf<N>>> =>
      tables.list(name, filter as FilterOf<N>, {
        limit,
        ...(cursor === undefined ? {} : { cursor }),
        ...(visibleTo === undefined ? {} : { visibleTo }),
      });
  return {
    practitioners: list('practitioners'),
    patients: list('patients'),
    treatments: list('treatments'),
    consents: list('consents'),
    breakGlass: list('breakGlass'),
    accesses: list('accesses'),
    async invoices(query) {
      const { items, ...rest } = await list('invoices')(query);
      return { items: items.map(({ state }) => state), ...rest };
    },
    claims: list('claims'),
    async payments(query) {
      const { items, ...rest } = await list('payments')(query);
      return { items: items.map(({ state }) => state), ...rest };
    },
    async transaction(id) {
      const row = await tables.transaction(id);
      return row === undefined ? undefined : { transactionId: row.id, block: row.block, code: row.code };
    },
    nextBlock: () => tables.nextBlock().catch(() => undefined),
  };
}
