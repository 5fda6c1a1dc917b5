import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

export interface LogFileOptions {
  /** Size at which the file is moved to `.1` and a new one begun. Default 8 MB. */
  readonly maxBytes?: number;
  /** How many old files are kept. Default 3. */
  readonly keep?: number;
}

/** A process's log: appended, rotated by size, with its newest lines in memory for error messages. */
export class LogFile {
  readonly path: string;
  private readonly maxBytes: number;
  private readonly keep: number;
  /** Undefined: closed until the next run begins. */
  private descriptor: number | undefined;
  private size = 0;
  private readonly newest: string[] = [];
  private unfinished = '';

  constructor(path: string, options: LogFileOptions = {}) {
    this.path = path;
    this.maxBytes = options.maxBytes ?? 8 * 1024 * 1024;
    this.keep = options.keep ?? 3;
    this.open();
  }

  write(chunk: string): void {
    this.remember(chunk);
    const bytes = Buffer.from(chunk);
    if (this.size > 0 && this.size + bytes.length > this.maxBytes) this.rotate();
    if (this.descriptor === undefined) return;
    try {
      writeSync(this.descriptor, bytes);
      this.size += bytes.length;
    } catch {
      // A full disk must not take the supervisor down with it.
    }
  }

  /** Forgets the lines in memory: the next ones belong to a new run of the process. Opens a closed file again. */
  begin(): void {
    if (this.descriptor === undefined) this.open();
    this.newest.length = 0;
    this.unfinished = '';
  }

  lastLines(count: number): string[] {
    const lines = this.unfinished === '' ? this.newest : [...this.newest, this.unfinished];
    return lines.slice(-count);
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }

  private open(): void {
    mkdirSync(dirname(this.path), { recursive: true });
    this.descriptor = openSync(this.path, 'a', 0o600);
    this.size = fstatSync(this.descriptor).size;
  }

  private remember(chunk: string): void {
    const lines = (this.unfinished + chunk).split('\n');
    this.unfinished = (lines.pop() ?? '').slice(-4096);
    this.newest.push(...lines.filter((line) => line.trim() !== ''));
    if (this.newest.length > 40) this.newest.splice(0, this.newest.length - 40);
  }

  private rotate(): void {
    this.close();
    for (let age = this.keep; age >= 1; age -= 1) {
      const older = age === 1 ? this.path : `${this.path}.${age - 1}`;
      if (existsSync(older)) renameSync(older, `${this.path}.${age}`);
    }
    if (this.keep === 0) rmSync(this.path, { force: true });
    this.open();
  }
}
