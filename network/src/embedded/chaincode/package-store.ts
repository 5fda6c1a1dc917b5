import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFrom } from '../../home/index.js';
import { packageIdOf } from './chaincode-package.js';

/** `label.hash.tar.gz`, as Fabric's peers name the files. */
const FILE = /^(.+)\.([0-9a-f]{64})\.tar\.gz$/;

/** The packages that one peer has installed, a file each. */
export class PackageStore {
  readonly #dir: string;

  /** @param dir Made when the first package comes. */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /** There whole, or not at all; it survives a power cut. @returns the package id. */
  save(label: string, bytes: Uint8Array): string {
    const packageId = packageIdOf(label, bytes);
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    replaceFrom(this.#dir, join(this.#dir, fileOf(packageId)), bytes, 0o600);
    return packageId;
  }

  /** Ids and labels, sorted. */
  list(): { packageId: string; label: string }[] {
    return this.#files().flatMap((name) => {
      const [, label, hash] = FILE.exec(name) ?? [];
      return label === undefined || hash === undefined ? [] : [{ packageId: `${label}:${hash}`, label }];
    });
  }

  load(packageId: string): Uint8Array | undefined {
    const name = fileOf(packageId);
    return this.#files().includes(name) ? readFileSync(join(this.#dir, name)) : undefined;
  }

  #files(): string[] {
    try {
      return readdirSync(this.#dir).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
}

function fileOf(packageId: string): string {
  return `${packageId.replace(':', '.')}.tar.gz`;
}
