import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A text that nobody else writes, in lower case and without anything that has to be escaped. */
export function newMark(): string {
  return `zq${randomBytes(9).toString('hex')}`;
}

/** A birthday that nobody in the test data has. */
export function newBirthDate(): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `18${String(randomInt(50, 99))}-${two(randomInt(1, 13))}-${two(randomInt(1, 29))}`;
}

/** The text as it may stand in a file: as it is, in hex, in UTF-16, and within anything that is base64. */
function traces(text: string): Buffer[] {
  const inBase64 = [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.from('\0'.repeat(offset) + text).toString('base64');
    // Without the ends, which depend on the neighbours.
    const inner = encoded.slice(Math.ceil((offset * 4) / 3), -4);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const plain = [text, Buffer.from(text).toString('hex'), ...new Set(inBase64)];
  return [...plain.map((form) => Buffer.from(form)), Buffer.from(text, 'utf16le')];
}

/** Looks for many texts at once, in whatever encoding. */
export class Search {
  private readonly needles: [string, Buffer][];

  constructor(texts: readonly string[]) {
    this.needles = texts.flatMap((text) => traces(text).map((form): [string, Buffer] => [text, form]));
  }

  /** @returns the texts that stand there. */
  in(content: Buffer | string): string[] {
    const bytes = Buffer.from(content);
    return [...new Set(this.needles.filter(([, form]) => bytes.includes(form)).map(([text]) => text))];
  }

  /** @returns `<text> in <file>` for what stands in any file below the folder. */
  below(folder: string): string[] {
    return filesBelow(folder).flatMap((file) =>
      this.in(readFileSync(file)).map((text) => `${text} in ${file}`),
    );
  }
}

/** Regular files, at any depth; those that come and go (a database's) are read as far as they are there. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
