import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { organisationPaths } from '../home/index.js';
import { loadConsortium } from '../topology/index.js';
import { ensureGatewaySecrets, keepDatabaseUrl } from './gateway-files.js';

const topology = loadConsortium(fileURLToPath(new URL('../../../config/topology.yaml', import.meta.url)));
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'gateway-files-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

it("the database's address goes to the gateway's secrets, and the keys stay", async () => {
  const [organisation] = topology.organisations;
  if (organisation === undefined) expect.fail('no organisation');
  await ensureGatewaySecrets(home, organisation);
  const file = organisationPaths(home, organisation).gateway.secrets;
  const read = () => JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  const before = read();
  for (const port of [1, 2]) {
    const databaseUrl = `postgres://medaccord_hospital_a:secret@127.0.0.1:${port}/medaccord_hospital_a`;
    keepDatabaseUrl(home, organisation, databaseUrl);
    expect(read()).toEqual({ ...before, databaseUrl });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  }
});
