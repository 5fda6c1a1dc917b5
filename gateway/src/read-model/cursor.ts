import { Problem } from '../errors.js';

/** Where a page ended: rows are ordered by where they first appeared, newest first, and that never changes. */
export interface PagePosition {
  readonly block: number;
  readonly tx: number;
  readonly id: string;
}

export function encodeCursor({ block, tx, id }: PagePosition): string {
  return Buffer.from(`${block}.${tx}.${id}`).toString('base64url');
}

/** @throws Problem CURSOR_INVALID */
export function decodeCursor(text: string): PagePosition {
  const match = /^(\d{1,15})\.(\d{1,9})\.([\x21-\x7e]{1,200})$/.exec(
    Buffer.from(text, 'base64url').toString(),
  );
  if (match === null) throw new Problem('CURSOR_INVALID', 'the cursor is not one of ours');
  return { block: Number(match[1]), tx: Number(match[2]), id: match[3] ?? '' };
}
