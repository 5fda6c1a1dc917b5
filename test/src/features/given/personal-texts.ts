import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bundle, loadBundles } from '../../story/bundle.js';
import { generateBundles } from '../../story/generator.js';
import { planFrom } from '../../story/plan.js';

const REAL = join(import.meta.dirname, '../../../../../shared/data/synthea-r4');
/** Shorter ones stand in any certificate by chance. */
const SHORTEST = 8;
const GENERATED = 10;
const FEW = 2;

/**
 * A folder of bundles for a short story: the smallest real ones that have a patient.
 * @returns undefined where there are none; generated ones do then.
 */
export async function fewBundles(): Promise<string | undefined> {
  if (!existsSync(REAL)) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'bundles-'));
  const contents = readdirSync(REAL)
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({ file, content: readFileSync(join(REAL, file), 'utf8') }))
    .filter(({ content }) => /"resourceType": ?"Patient"/.test(content))
    .sort((one, other) => one.content.length - other.content.length);
  for (const { file, content } of contents.slice(0, FEW)) await writeFile(join(folder, file), content);
  return folder;
}

/** What the bundles say of people, and the texts of their documents. */
export async function personalTexts(data?: string): Promise<{ patients: string[]; documents: string[] }> {
  const bundles = data === undefined ? generateBundles(GENERATED) : (await loadBundles(data)).bundles;
  const people = bundles.flatMap((bundle) => bundle.all('Patient').flatMap((patient) => texts(patient)));
  return { patients: unique(people), documents: unique(sentences(bundles)) };
}

/** Texts of two words and more: what a reader would recognise, no codes, no addresses of code systems. */
function sentences(bundles: Bundle[]): string[] {
  return planFrom(bundles, ['any-organisation'])
    .patients.flatMap(({ records }) => records.flatMap(({ document }) => texts(document)))
    .filter((text) => /\p{L} \p{L}/u.test(text));
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => (name === 'system' ? [] : texts(member)));
}

function unique(all: string[]): string[] {
  return [...new Set(all)].filter((text) => text.length >= SHORTEST && !/^(https?:|urn:)/.test(text));
}
