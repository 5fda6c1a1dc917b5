import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandResult, runProgram, sharedConsortium } from '../consortium/index.js';
import type { Figures } from '../story/figures.js';

const STORY = 'test/dist/story/main.js';
const TIMEOUT = 240_000;

describe('the story, typed at a prompt', () => {
  let folder: string;
  let run: CommandResult;
  let figures: Figures;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'story-'));
    const { home } = await sharedConsortium();
    const file = join(folder, 'figures.json');
    run = await runProgram(STORY, ['--home', home, '--patients', '1', '--json', file], {
      timeoutMs: TIMEOUT,
    });
    expect(run, run.stderr).toMatchObject({ code: 0 });
    figures = JSON.parse(await readFile(file, 'utf8')) as Figures;
  }, TIMEOUT);
  afterAll(() => rm(folder, { recursive: true }));

  it('writes the figures of the bundle that it made up', () => {
    expect(figures).toMatchObject({ bundles: 1, patients: 1, skipped: [] });
    expect(figures.records).toBeGreaterThan(0);
    expect(figures.invoices + figures.settled).toBeGreaterThan(0);
  });

  it('prints a table with a row for every step, of the same figures', () => {
    const lines = run.stdout.split('\n');
    const cells = lines.map((line) => line.split(/ {2,}/));
    expect(cells[0]).toEqual(['step', 'done', 'transactions', 'seconds', 'for example']);
    expect(figures.steps.length).toBeGreaterThan(4);
    for (const { step, count, transactions, seconds, example } of figures.steps) {
      const row = [step, String(count), String(transactions), seconds.toFixed(1)];
      expect(cells).toContainEqual(example === undefined ? row : [...row, example.slice(0, 16)]);
    }
  });

  it('prints the same sums below the table', () => {
    const { patients, practitioners, records, batches, settled, claims, invoices, readsUnderConsent } =
      figures;
    const transactions = figures.steps.reduce((sum, step) => sum + step.transactions, 0);
    for (const line of [
      `1 bundles: ${String(patients)} patients, ${String(practitioners)} practitioners`,
      `${String(records)} records sealed and anchored in ${String(batches)} batches`,
      `${String(readsUnderConsent)} reads under consent`,
      `${String(settled)} of ${String(claims)} claims settled`,
      `${String(invoices)} self-pay invoices`,
      `${String(transactions)} transactions in ${figures.seconds.toFixed(1)} s`,
    ]) {
      expect(run.stdout).toContain(line);
    }
  });

  it('ends with 1 where no consortium is, and says what to do', async () => {
    const nothing = join(folder, 'nothing');
    const { code, stdout, stderr } = await runProgram(STORY, ['--home', nothing]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trim()).toBe(
      `story: no consortium under ${nothing}: start one with npm start, or name its --home`,
    );
  });
});
