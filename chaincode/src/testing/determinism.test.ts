import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCES = join(import.meta.dirname, '..');
/** What differs between two endorsers: clock, randomness, locale, environment, network, file system. */
const FORBIDDEN = [
  /\bDate\.now\b/,
  /new Date\(\)/,
  /\bMath\.random\b/,
  /\brandom(?:Bytes|UUID|Int|FillSync)\b/,
  /\btoLocale\w*/,
  /\blocaleCompare\b/,
  /\bIntl\b/,
  /\bprocess\./,
  /\bperformance\b/,
  /\bsetTimeout\b|\bsetInterval\b/,
  /\bfetch\(/,
  /from 'node:(?!crypto')/,
];

describe('the contracts', () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('testing'),
  );

  it.each(files)('%s uses nothing that differs between two endorsers', (file) => {
    const source = readFileSync(join(SOURCES, file), 'utf8');
    for (const pattern of FORBIDDEN) expect(source).not.toMatch(pattern);
  });
});
