import { createHash, randomBytes } from 'node:crypto';

export function newId(): string {
  return randomBytes(16).toString('hex');
}

export function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

export function inFuture(ms: number): string {
  return new Date(Date.now() + ms).toISOString();
}

export const MINUTE = 60_000;
export const DAY = 86_400_000;
