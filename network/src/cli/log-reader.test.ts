import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { followLog, lastLines } from './log-reader.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'medaccord-log-'));
  path = join(folder, 'ledger.log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('reads the newest lines of a file of any size', () => {
  const all = Array.from({ length: 20_000 }, (_line, index) => `line ${index} é`);
  writeFileSync(path, `${all.join('\n')}\n`);
  expect(lastLines(path, 3)).toEqual(all.slice(-3));
  expect(lastLines(path, 15_000)).toEqual(all.slice(-15_000));
  expect(lastLines(path, 30_000)).toEqual(all);
  expect(lastLines(path, 0)).toEqual([]);
  writeFileSync(path, 'only, and unfinished');
  expect(lastLines(path, 5)).toEqual(['only, and unfinished']);
});

it('follows what is written, over a rotation, until it is stopped', async () => {
  writeFileSync(path, 'old\n');
  const lines: string[] = [];
  const abort = new AbortController();
  const ended = followLog(path, (line) => lines.push(line), { signal: abort.signal, everyMs: 10 });
  appendFileSync(path, 'one\ntw');
  await expect.poll(() => lines).toEqual(['one']);
  appendFileSync(path, 'o\n');
  await expect.poll(() => lines).toEqual(['one', 'two']);
  renameSync(path, `${path}.1`);
  writeFileSync(path, 'three\n');
  await expect.poll(() => lines).toEqual(['one', 'two', 'three']);
  abort.abort();
  await ended;
});
