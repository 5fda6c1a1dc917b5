import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSnapshot, verifySnapshot } from './peer-snapshot.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('a snapshot in the form of a real peer', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'peer-snapshot-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** As a peer writes it. */
  function write(change: Record<string, unknown> = {}): void {
    writeFileSync(join(folder, 'public_state.data'), 'state');
    const signable = JSON.stringify({
      channel_name: 'care',
      last_block_number: 7,
      last_block_hash: 'ab'.repeat(32),
      snapshot_files_raw_hashes: { 'public_state.data': sha256('state') },
      state_db_type: 'SimpleKeyValueDB',
      ...change,
    });
    writeFileSync(join(folder, '_snapshot_signable_metadata.json'), signable);
    const additional = JSON.stringify({ snapshot_hash: sha256(signable) });
    writeFileSync(join(folder, '_snapshot_additional_metadata.json'), additional);
  }
  const invalid = (what: string) =>
    expect.objectContaining({ code: 'SNAPSHOT_INVALID', message: expect.stringContaining(what) as string });

  it('says which channel and block it is of', async () => {
    write();
    const snapshot = readSnapshot(folder);
    expect(snapshot).toMatchObject({ channel: 'care', lastBlock: 7, folder });
    await expect(verifySnapshot(snapshot)).resolves.toBeUndefined();
  });

  it('is refused where a file was changed or is missing, or what it says of them was', async () => {
    write();
    const snapshot = readSnapshot(folder);
    writeFileSync(join(folder, 'public_state.data'), 'State');
    await expect(verifySnapshot(snapshot)).rejects.toThrowError(invalid('public_state.data is not'));
    rmSync(join(folder, 'public_state.data'));
    await expect(verifySnapshot(snapshot)).rejects.toThrowError(invalid('public_state.data is missing'));
    write();
    writeFileSync(join(folder, '_snapshot_additional_metadata.json'), `{"snapshot_hash":"${sha256('')}"}`);
    await expect(verifySnapshot(readSnapshot(folder))).rejects.toThrowError(
      invalid('_snapshot_signable_metadata.json is not'),
    );
  });

  it('names files of its own folder alone', () => {
    write({ snapshot_files_raw_hashes: { '../public_state.data': sha256('state') } });
    expect(() => readSnapshot(folder)).toThrowError(invalid('_snapshot_signable_metadata.json'));
  });

  it('is refused where it is of another state database, or no snapshot at all', () => {
    write({ state_db_type: 'CouchDB' });
    expect(() => readSnapshot(folder)).toThrowError(invalid('_snapshot_signable_metadata.json'));
    expect(() => readSnapshot(join(folder, 'nothing'))).toThrowError(invalid('is missing'));
  });
});
