import type { OrganisationKind } from '@medaccord/chaincode/api';

export interface Own {
  readonly name: string;
  readonly kind: OrganisationKind;
}

/**
 * What a list has to be narrowed to: everybody's public state is on the ledger, but a list is for the own work. A
 * regulator, who is no side of any bill, lists them all.
 * @returns undefined where the query asks for another organisation's, so that nothing is found.
 */
export function ownBills<Side extends string>(
  { name, kind }: Own,
  sides: { readonly provider: Side; readonly insurer?: Side },
  query: { readonly [side in Side]?: string | undefined },
): { readonly [side in Side]?: string } | undefined {
  if (kind === 'regulator') return {};
  const side = kind === 'insurer' ? sides.insurer : sides.provider;
  if (side === undefined || (query[side] ?? name) !== name) return undefined;
  return { [side]: name } as { [side in Side]?: string };
}
