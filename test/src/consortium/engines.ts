export type Engine = 'embedded' | 'fabric';

/** On which engines a test of both runs: on real Fabric where vitest's configuration has found its programs. */
export const ENGINES_HERE = (process.env['MEDACCORD_ENGINES_HERE'] ?? 'embedded').split(
  ' ',
) as readonly Engine[];
