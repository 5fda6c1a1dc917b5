import { readFileSync } from 'node:fs';

/** The folder that holds `docs`, `chaincode`, `gateway` and the rest. */
export const REPOSITORY = new URL('../../../', import.meta.url);

export function readDocument(path: string): string {
  return readFileSync(new URL(path, REPOSITORY), 'utf8');
}

/** One row of a Markdown table: its cells by the heading of their column. */
export type Row = Readonly<Record<string, string>>;

/** The rows of every table whose heading has all these columns, in order. */
export function tableRows(markdown: string, columns: readonly string[]): Row[] {
  const rows: Row[] = [];
  let heading: string[] | undefined;
  for (const line of markdown.split('\n')) {
    const cells = cellsOf(line);
    if (cells === undefined) heading = undefined;
    else if (heading === undefined) heading = cells;
    else if (!cells.every((cell) => /^:?-+:?$/.test(cell))) {
      const named = heading.map((name, index) => [name, cells[index] ?? ''] as const);
      if (columns.every((column) => heading?.includes(column))) rows.push(Object.fromEntries(named));
    }
  }
  return rows;
}

/** What stands between backquotes. */
export function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

function cellsOf(line: string): string[] | undefined {
  if (!/^\|.*\|$/.test(line.trim())) return undefined;
  return line
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}
