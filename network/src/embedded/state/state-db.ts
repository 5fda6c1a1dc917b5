import type { RootDatabase } from 'lmdb';

/** Keys and values are bytes. */
export type StateDb = RootDatabase<Buffer, Buffer>;
