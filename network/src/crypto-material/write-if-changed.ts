import { existsSync, readFileSync } from 'node:fs';
import { writeDurably } from '../process/index.js';

/** For files that restate the topology: one that says the same already is left alone. */
export function writeIfChanged(file: string, content: string): void {
  if (existsSync(file) && readFileSync(file, 'utf8') === content) return;
  writeDurably(file, content);
}
