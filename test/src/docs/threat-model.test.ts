import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { codeIn, readDocument, REPOSITORY, tableRows } from './markdown.js';
import { testTitles } from './test-titles.js';

const LETTERS = ['S', 'T', 'R', 'I', 'D', 'E'];
/** What a row says that nothing attacks yet. */
const NONE = 'none yet';

const rows = tableRows(readDocument('docs/threat-model.md'), ['', 'Threat', 'Answer', 'Test']);

/** `path/to/x.test.ts` “title” or “suite › title”. */
function testsIn(cell: string): { file: string; title: string }[] {
  return [...cell.matchAll(/`([^`]+\.test\.ts)`((?:\s*“[^”]+”,?)+)/g)].flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/“([^”]+)”/g)].map(([, title = '']) => ({ file, title })),
  );
}

const titlesByFile = new Map<string, string[]>();
function titlesOf(file: string): string[] {
  const known = titlesByFile.get(file) ?? testTitles(readDocument(file));
  titlesByFile.set(file, known);
  return known;
}

describe('docs/threat-model.md', () => {
  it('names the kind of each threat, and a test or that there is none yet', () => {
    expect(rows.length).toBeGreaterThan(50);
    const wrong = rows.filter(
      (row) =>
        !LETTERS.includes(row[''] ?? '') ||
        (testsIn(row['Test'] ?? '').length === 0) !== (row['Test'] === NONE),
    );
    expect(wrong).toEqual([]);
    const titles = rows.flatMap(({ Test = '' }) => [...Test.matchAll(/“/g)]);
    expect(rows.flatMap(({ Test = '' }) => testsIn(Test))).toHaveLength(titles.length);
  });

  it('names files that are there', () => {
    const files = rows
      .flatMap(({ Answer = '', Test = '' }) => codeIn(`${Answer} ${Test}`))
      .filter((code) => code.includes('/'));
    expect(files.filter((file) => !existsSync(new URL(file, REPOSITORY)))).toEqual([]);
  });

  it('names tests that are there', () => {
    const missing = rows
      .flatMap(({ Test = '' }) => testsIn(Test))
      .filter(
        ({ file, title }) =>
          !existsSync(new URL(file, REPOSITORY)) ||
          !titlesOf(file).some((known) => known === title || known.endsWith(` › ${title}`)),
      );
    expect(missing).toEqual([]);
  });
});
