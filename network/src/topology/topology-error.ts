import { CodedError } from '../coded-error.js';

/** One thing wrong in a topology file. Lines and columns count from 1. */
export interface TopologyProblem {
  /** Dotted path of the field, e.g. `organisations[2].gateway.rest`; empty for the whole file. */
  readonly field: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/**
 * A topology file that cannot be used; its message lists every problem as `file:line:column field: what`.
 * Codes: TOPOLOGY_UNREADABLE (no such file …), TOPOLOGY_SYNTAX (no YAML), TOPOLOGY_INVALID (fields and cross checks).
 */
export class TopologyError extends CodedError {
  override readonly name = 'TopologyError';

  constructor(
    code: 'TOPOLOGY_UNREADABLE' | 'TOPOLOGY_SYNTAX' | 'TOPOLOGY_INVALID',
    readonly file: string,
    readonly problems: readonly TopologyProblem[],
    cause?: unknown,
  ) {
    super(code, problems.map((problem) => describe(file, problem)).join('\n'), {
      hint: 'config/topology.yaml and config/examples show complete files',
      cause,
    });
  }
}

function describe(file: string, problem: TopologyProblem): string {
  const field = problem.field === '' ? '' : ` ${problem.field}:`;
  return `${file}:${problem.line}:${problem.column}${field} ${problem.message}`;
}
