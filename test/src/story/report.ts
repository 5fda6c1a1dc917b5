import type { Figures } from './figures.js';

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(header), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

/** The run as a person reads it. */
export function report(figures: Figures): string {
  const steps = figures.steps.map(({ step, count, transactions, seconds, example }) => [
    step,
    String(count),
    String(transactions),
    seconds.toFixed(1),
    example?.slice(0, 16) ?? '',
  ]);
  const transactions = figures.steps.reduce((sum, step) => sum + step.transactions, 0);
  const paid = Object.entries(figures.paid).map(
    ([currency, amount]) => `${(amount / 100).toFixed(2)} ${currency}`,
  );
  return [
    table(['step', 'done', 'transactions', 'seconds', 'for example'], steps),
    '',
    `${String(figures.bundles)} bundles: ${String(figures.patients)} patients, ` +
      `${String(figures.practitioners)} practitioners, ${String(figures.organisations)} organisations`,
    `${String(figures.records)} records sealed and anchored in ${String(figures.batches)} batches`,
    `${String(figures.readsUnderConsent)} reads under consent; refused: ${String(figures.refusedWithoutConsent)} ` +
      `without consent, ${String(figures.refusedAfterRevocation)} after revocation`,
    `${String(figures.settled)} of ${String(figures.claims)} claims settled (${paid.join(', ') || 'nothing paid'}), ` +
      `${String(figures.invoices)} self-pay invoices`,
    `${String(transactions)} transactions in ${figures.seconds.toFixed(1)} s`,
    ...figures.skipped.map(({ file, reason }) => `skipped ${file}: ${reason}`),
  ].join('\n');
}
