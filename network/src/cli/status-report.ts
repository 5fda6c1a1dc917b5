import type { ProcessLine, Summary } from '../consortium/index.js';
import { engineFor, processLines, runningState, topologyInForce } from '../consortium/index.js';
import { folderBytes, freeBytes, nodeReports, type NodeReport } from '../status/index.js';

/** What `status --json` prints. */
export interface Status {
  readonly home: string;
  readonly phase: string;
  readonly started: string;
  /** Number of blocks of the topology's channel: the highest that a peer tells; undefined where none does. */
  readonly ledgerHeight?: number;
  readonly memoryBytes: number;
  readonly disk: {
    /** What the home folder takes. */
    readonly homeBytes: number;
    /** What may still be written there. */
    readonly freeBytes: number;
  };
  readonly processes: readonly ProcessLine[];
  readonly nodes: readonly NodeReport[];
  /** Undefined while it starts. */
  readonly summary?: Summary;
}

/** @returns undefined where no consortium runs in that home. */
export async function readStatus(home: string): Promise<Status | undefined> {
  const state = runningState(home);
  if (state === undefined) return undefined;
  const topology = topologyInForce(home);
  const engine = state.summary?.engine ?? engineFor(home, undefined);
  const [nodes, homeBytes, free] = await Promise.all([
    topology === undefined ? [] : nodeReports(home, topology, engine),
    folderBytes(home),
    freeBytes(home),
  ]);
  const heights = nodes
    .filter(({ kind }) => kind === 'peer')
    .flatMap(({ heights: known }) => known?.[topology?.channel ?? ''] ?? []);
  const processes = processLines(state);
  const { phase, started, summary } = state;
  return {
    home,
    phase,
    started,
    ledgerHeight: heights.length === 0 ? undefined : Math.max(...heights),
    memoryBytes: processes.reduce((sum, line) => sum + (line.memoryBytes ?? 0), 0),
    disk: { homeBytes: homeBytes ?? 0, freeBytes: free },
    processes,
    nodes,
    summary,
  };
}
