import { afterEach, describe, expect, it, vi } from 'vitest';
import { baseEnvironment } from './config.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('what a child process gets of our environment', () => {
  it('is enough to run and none of our secrets', () => {
    vi.stubEnv('MEDACCORD_DATABASE_URL', 'postgres://me:secret@db/x');
    vi.stubEnv('MEDACCORD_WALLET_KEY', 'secret');
    vi.stubEnv('CLOUD_ACCESS_KEY', 'secret');
    vi.stubEnv('LC_ALL', 'C.UTF-8');
    const given = baseEnvironment();
    expect(Object.values(given).join('\n')).not.toContain('secret');
    expect(given).toMatchObject({ LC_ALL: 'C.UTF-8', HOME: expect.any(String) as string });
    expect(given['PATH'] ?? given['Path']).toBeDefined();
  });
});
