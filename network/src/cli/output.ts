import { CodedError } from '../coded-error.js';

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function printLine(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** For what must not mix with a command's result. */
export function printNote(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Rows in columns as wide as their widest cell; `head` first, underlined. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n');
}

/** What a command with --json says of an error. */
export function errorJson(error: unknown): { code: string; message: string; hint?: string } {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof CodedError
    ? { code: error.code, message, hint: error.hint }
    : { code: 'FAILED', message };
}

/** An error as the last thing a command says: a JSON object on stdout with --json, else text on stderr. */
export function printError(error: unknown, json: boolean): void {
  const { message, hint } = errorJson(error);
  if (json) {
    printJson({ error: errorJson(error) });
    return;
  }
  printNote(`medaccord: ${message}`);
  if (hint !== undefined) printNote(hint);
  // A fault of our own: where it happened helps who mends it.
  if (!(error instanceof CodedError) && error instanceof Error && error.stack !== undefined)
    printNote(error.stack);
}
