import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { BackupError } from './backup-error.js';

/** What a frame is: a file's name, a piece of it, or the manifest that ends the archive. */
export const FRAME = { check: 0, file: 1, data: 2, manifest: 3 } as const;
export type FrameKind = (typeof FRAME)[keyof typeof FRAME];

export const PIECE_BYTES = 1024 * 1024;
const TAG = 16;
const HEAD = 5;
/** A manifest of a million files fits. */
const MAX_BYTES = 512 * 1024 * 1024;

/**
 * Frames of `kind, length, ciphertext, tag`: AES-256-GCM under one key per archive, the frame's place as its nonce, its
 * kind and place authenticated. A frame that is changed, moved, left out or cut off does not open.
 */
export class FrameWriter {
  private place = 0;

  constructor(
    private readonly file: FileHandle,
    private readonly key: Buffer,
  ) {}

  async write(kind: FrameKind, plaintext: Uint8Array): Promise<void> {
    const cipher = createCipheriv('aes-256-gcm', this.key, nonceOf(this.place), { authTagLength: TAG });
    cipher.setAAD(context(kind, this.place));
    this.place += 1;
    const head = Buffer.alloc(HEAD);
    head.writeUInt8(kind, 0);
    head.writeUInt32BE(plaintext.length, 1);
    const sealed = Buffer.concat([head, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    await this.file.appendFile(sealed);
  }
}

export interface Frame {
  readonly kind: FrameKind;
  readonly plaintext: Buffer;
}

/** Reads what a FrameWriter wrote, from where the file stands. */
export class FrameReader {
  private place = 0;

  constructor(
    private readonly file: FileHandle,
    private readonly key: Buffer,
    private position: number,
  ) {}

  /** @returns undefined at the file's end. @throws BackupError BACKUP_DAMAGED */
  async next(): Promise<Frame | undefined> {
    const head = await this.bytes(HEAD);
    if (head.length === 0) return undefined;
    const length = head.length < HEAD ? MAX_BYTES + 1 : head.readUInt32BE(1);
    const kind = Object.values(FRAME).find((known) => known === head.readUInt8(0));
    if (kind === undefined || length > MAX_BYTES) throw damaged();
    const sealed = await this.bytes(length + TAG);
    if (sealed.length < length + TAG) throw damaged();
    const decipher = createDecipheriv('aes-256-gcm', this.key, nonceOf(this.place), { authTagLength: TAG });
    decipher.setAAD(context(kind, this.place)).setAuthTag(sealed.subarray(length));
    this.place += 1;
    try {
      const plaintext = Buffer.concat([decipher.update(sealed.subarray(0, length)), decipher.final()]);
      return { kind, plaintext };
    } catch {
      throw damaged();
    }
  }

  private async bytes(length: number): Promise<Buffer> {
    const { size } = await this.file.stat();
    const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - this.position)));
    const { bytesRead } = await this.file.read(buffer, 0, buffer.length, this.position);
    this.position += bytesRead;
    return buffer.subarray(0, bytesRead);
  }
}

function damaged(): BackupError {
  return new BackupError('BACKUP_DAMAGED', 'a part of the archive was changed or cut off');
}

function nonceOf(place: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(place), 4);
  return nonce;
}

function context(kind: FrameKind, place: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(kind, 0);
  bytes.writeBigUInt64BE(BigInt(place), 1);
  return bytes;
}
