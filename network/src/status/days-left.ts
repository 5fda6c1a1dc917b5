import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Whole days until the first of these certificates expires, below 0 where one has; undefined where there is none of
 * these files.
 */
export function daysLeft(files: readonly string[], now = Date.now()): number | undefined {
  const days = files.flatMap((file) => {
    const pem = readOrNothing(file);
    if (pem === undefined) return [];
    return Math.floor((Date.parse(new X509Certificate(pem).validTo) - now) / DAY_MS);
  });
  return days.length === 0 ? undefined : Math.min(...days);
}

function readOrNothing(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
