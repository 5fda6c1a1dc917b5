import { medaccordJson, type ProcessLine } from '../consortium/index.js';

/** What `status --json` tells of one node. */
export interface NodeLine {
  readonly name: string;
  readonly kind: string;
  readonly health?: string;
  readonly heights?: Readonly<Record<string, number>>;
  readonly leads?: readonly string[];
  readonly certificateDays?: number;
  readonly chaincodes?: Readonly<Record<string, readonly { readonly name: string }[]>>;
  readonly diskBytes?: number;
}

export interface NetworkStatus {
  readonly ledgerHeight?: number;
  readonly processes: readonly ProcessLine[];
  readonly nodes: readonly NodeLine[];
}

export function statusOf(home: string): Promise<NetworkStatus> {
  return medaccordJson<NetworkStatus>('status', '--home', home);
}

/** Orderers and peers, each with what its health endpoint says. */
export async function healthOf(home: string): Promise<Record<string, string | undefined>> {
  const { nodes } = await statusOf(home);
  return Object.fromEntries(
    nodes.filter(({ kind }) => kind !== 'gateway').map(({ name, health }) => [name, health]),
  );
}
