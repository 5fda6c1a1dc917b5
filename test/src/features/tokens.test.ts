import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createProofKey } from '@medaccord/gateway/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type Consortium,
  type GatewayAddress,
  type Identity,
  onChannel,
  sharedConsortium,
} from '../consortium/index.js';
import { gatewaySettings, servingGateway } from './given/gateway-program.js';
import { newId } from './given/ids.js';
import { approvedPractitioner } from './given/practitioner.js';
import { type RestAnswer, type RestCall, RestDoor, jsonOf } from './given/rest-call.js';
import { askToken, plainToken } from './given/token.js';

/** A gateway asks its authority for the list once a second. */
const AT_ONCE_MS = 3_000;
const ME = { method: 'GET', path: '/v1/me' } as const;

/** A token is worth nothing to who has only the token. */
describe('a token', () => {
  let consortium: Consortium;
  let address: GatewayAddress;
  let doctor: Identity;
  const doors: RestDoor[] = [];
  beforeAll(async () => {
    consortium = await sharedConsortium();
    address = await consortium.gateway('hospital-a');
    doctor = await consortium.identity('hospital-a', 'doctor');
  });
  afterAll(async () => {
    for (const door of doors) door.close();
    await consortium.disconnect();
  });

  /** A connection; with somebody's certificate: mutual TLS. */
  const connect = (as?: Identity) => {
    const door = new RestDoor(address, as && { cert: as.certificate, key: as.privateKey });
    doors.push(door);
    return door;
  };
  const mine = (door: RestDoor, headers: Record<string, string>, call: RestCall = ME) =>
    door.ask({ ...call, headers: { ...call.headers, ...headers } });
  const refusedAs = (code: string) => ({ status: 401, code });
  const seen = (answer: RestAnswer) => ({ status: answer.status, code: jsonOf(answer)['code'] });
  const url = (path: string) => `${address.baseUrl}${path}`;

  describe('bound by mutual TLS', () => {
    const bound = async (as = doctor) => {
      const door = connect(as);
      const answer = await door.ask({
        method: 'POST',
        path: '/v1/auth/tokens',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
      expect(answer.status).toBe(201);
      const { token } = jsonOf(answer) as { token: string };
      return { door, authorization: `Bearer ${token}` };
    };

    it('works over connections of its certificate, this one or the next', async () => {
      const { door, authorization } = await bound();
      for (const connection of [door, connect(doctor)]) {
        const answer = await mine(connection, { authorization });
        expect(jsonOf(answer)).toMatchObject({ subject: doctor.subject, binding: 'mutual-tls' });
      }
    });

    it('is refused over a connection without a certificate, or with somebody else’s', async () => {
      const { authorization } = await bound();
      const clerk = await consortium.identity('hospital-a', 'clerk');
      for (const thief of [connect(), connect(clerk)]) {
        expect(seen(await mine(thief, { authorization }))).toEqual(refusedAs('PROOF_REQUIRED'));
      }
    });

    it('is given to nobody whose certificate another organisation issued', async () => {
      const stranger = connect(await consortium.identity('hospital-b', 'doctor'));
      expect(seen(await mine(stranger, {}))).toEqual(refusedAs('UNAUTHENTICATED'));
    });
  });

  describe('bound to a key by DPoP', () => {
    const bound = async () => {
      const key = await createProofKey();
      const answer = await askToken(connect(), doctor, await key.prove('POST', url('/v1/auth/tokens')));
      expect(jsonOf(answer)).toMatchObject({ tokenType: 'DPoP', expiresIn: 600 });
      const { token } = jsonOf(answer) as { token: string };
      const headers = async (method: string, path: string, by = key) => ({
        authorization: `DPoP ${token}`,
        dpop: await by.prove(method, url(path), token),
      });
      return { token, headers };
    };

    it('works with a proof for each request, over any connection', async () => {
      const { headers } = await bound();
      const answer = await mine(connect(), await headers('GET', '/v1/me'));
      expect(jsonOf(answer)).toMatchObject({ subject: doctor.subject, binding: 'dpop' });
    });

    it('is refused with a proof that was used, or made for another request, or by another key', async () => {
      const { token, headers } = await bound();
      const used = await headers('GET', '/v1/me');
      expect((await mine(connect(), used)).status).toBe(200);
      expect(seen(await mine(connect(), used))).toEqual(refusedAs('UNAUTHENTICATED'));
      const stolen = [
        await headers('GET', '/v1/organisations'),
        await headers('POST', '/v1/me'),
        await headers('GET', '/v1/me', await createProofKey()),
      ];
      for (const proof of stolen) {
        expect(seen(await mine(connect(), proof))).toEqual(refusedAs('UNAUTHENTICATED'));
      }
      for (const scheme of ['DPoP', 'Bearer']) {
        expect(seen(await mine(connect(), { authorization: `${scheme} ${token}` }))).toEqual(
          refusedAs('PROOF_REQUIRED'),
        );
      }
    });
  });

  it('is good at its own organisation’s gateway alone', async () => {
    const token = await plainToken(connect(), doctor);
    const elsewhere = new RestDoor(await consortium.gateway('hospital-b'));
    doors.push(elsewhere);
    const answer = await mine(elsewhere, { authorization: `Bearer ${token}` });
    expect(seen(answer)).toEqual(refusedAs('UNAUTHENTICATED'));
  });

  it('ends when it is revoked, and no other with it', async () => {
    const door = connect();
    const [first, second] = [await plainToken(door, doctor), await plainToken(door, doctor)];
    const revoked = await door.ask({
      method: 'DELETE',
      path: '/v1/auth/tokens/current',
      headers: { authorization: `Bearer ${first}` },
    });
    expect(revoked.status).toBe(204);
    expect(seen(await mine(door, { authorization: `Bearer ${first}` }))).toEqual(refusedAs('TOKEN_REVOKED'));
    expect((await mine(door, { authorization: `Bearer ${second}` })).status).toBe(200);
  });

  it('ends with its certificate: revoked at the authority, refused at the gateway and by the ledger', async () => {
    const leaver = await approvedPractitioner(consortium, 'hospital-a', 'doctor');
    const plain = await plainToken(connect(), leaver);
    const overTls = connect(leaver);
    expect((await mine(overTls, {})).status).toBe(200);
    const direct = (at: string) =>
      onChannel(consortium, { organisation: 'hospital-a', user: leaver.name, at }, (network) =>
        network.getContract('medaccord').submitTransaction('consent:expire', JSON.stringify({ id: newId() })),
      );
    const told = (what: string) => ({
      details: [expect.objectContaining({ message: expect.stringContaining(what) as string })],
    });
    // Known to the ledger, and told by the contract that there is no such consent.
    await expect(direct('hospital-a')).rejects.toMatchObject(told('NOT_FOUND'));
    const command = ['identity', 'revoke', '--org', 'hospital-a', '--name', leaver.name];
    const { code } = await consortium.command(...command, '--reason', 'keycompromise');
    expect(code).toBe(0);

    await vi.waitFor(
      async () =>
        expect(seen(await mine(connect(), { authorization: `Bearer ${plain}` }))).toEqual(
          refusedAs('CERTIFICATE_REVOKED'),
        ),
      { timeout: AT_ONCE_MS, interval: 100 },
    );
    expect(seen(await mine(overTls, {}))).toEqual(refusedAs('CERTIFICATE_REVOKED'));
    expect(seen(await askToken(connect(), leaver))).toEqual(refusedAs('CERTIFICATE_REVOKED'));
    leaver.api.close();
    for (const at of ['hospital-a', 'hospital-b', 'insurer-a']) {
      await expect(direct(at), at).rejects.toMatchObject(told('access denied'));
    }
  });

  it('is bound, or not given, where the environment is production', async () => {
    const settings = gatewaySettings(consortium, 'lab-a');
    const file = settings['MEDACCORD_GATEWAY_CONFIG'] ?? '';
    const config = JSON.parse(await readFile(file, 'utf8')) as Record<'rest' | 'exchange', object>;
    const production = join(file, '../config-production.json');
    await writeFile(
      production,
      JSON.stringify({
        ...config,
        environment: 'production',
        rest: { ...config.rest, port: 0 },
        exchange: { ...config.exchange, port: 0 },
      }),
    );
    const gateway = await servingGateway({ ...settings, MEDACCORD_GATEWAY_CONFIG: production });
    const technician = await consortium.identity('lab-a', 'technician');
    const there = { baseUrl: gateway.baseUrl, ca: (await consortium.gateway('lab-a')).ca };
    const door = new RestDoor(there);
    const key = await createProofKey();
    try {
      expect(seen(await askToken(door, technician))).toEqual(refusedAs('PROOF_REQUIRED'));
      const proof = await key.prove('POST', `${there.baseUrl}/v1/auth/tokens`);
      const answer = await askToken(door, technician, proof);
      expect(jsonOf(answer)).toMatchObject({ tokenType: 'DPoP' });
      const { token } = jsonOf(answer) as { token: string };
      const headers = {
        authorization: `DPoP ${token}`,
        dpop: await key.prove('GET', `${there.baseUrl}/v1/me`, token),
      };
      expect(jsonOf(await mine(door, headers))).toMatchObject({ binding: 'dpop', organisation: 'lab-a' });
      const development = new RestDoor(await consortium.gateway('lab-a'));
      doors.push(development);
      const fromDevelopment = await plainToken(development, technician);
      expect(seen(await mine(door, { authorization: `Bearer ${fromDevelopment}` }))).toEqual(
        refusedAs('UNAUTHENTICATED'),
      );
    } finally {
      door.close();
      expect(await gateway.stop()).toBe(0);
      await rm(production);
    }
  });
});
