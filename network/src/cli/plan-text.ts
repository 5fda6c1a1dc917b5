import type { Plan } from '../change/index.js';

/** A plan as `--dry-run` prints it. */
export function formatPlan({ changes, signatures, restarts }: Plan): string {
  if (changes.length === 0) return 'Everything is so already: nothing would be changed.';
  return [
    'What changes:',
    ...changes.map((change) => `  ${change}`),
    'Who has to sign:',
    ...(signatures.length === 0 ? ['  nobody'] : []),
    ...signatures.flatMap(({ channel, needs, signers }) => [
      ...needs.map(({ rule, changes: guarded }) => `  on ${channel}: ${rule}, for ${guarded.join(', ')}`),
      `  with keys of this home: ${signers.join(', ') || 'nobody'}`,
    ]),
    'What restarts:',
    `  ${restarts.join(', ') || 'nothing'}`,
  ].join('\n');
}
