import { createHash, generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import { SignJWT, decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { createProofKey, type ProofKey } from '../client/proof.js';
import { normalSerial } from '../identity/certificate.js';
import {
  testOrganisation,
  testRevocations,
  type TestIdentity,
  type TestOrganisation,
} from '../testing/identities.js';
import { authenticate, stillValid, type AuthParts } from './authenticate.js';
import { createProofVerifier } from './dpop.js';
import { login, type LoginRequest } from './login.js';
import { createTokens } from './tokens.js';

const URL_OF_TOKENS = 'https://localhost:7443/v1/auth/tokens';
const URL_OF_ME = 'https://localhost:7443/v1/me';
const { privateKey: tokenKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const der = (identity: TestIdentity) => new X509Certificate(identity.certificate).raw;
const signed = (challenge: string, { key }: TestIdentity) =>
  sign('sha256', Buffer.from(challenge), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');

describe('login and authentication', () => {
  let now: number;
  let organisation: TestOrganisation;
  let doctor: TestIdentity;
  let parts: AuthParts & { revocations: ReturnType<typeof testRevocations> };
  beforeEach(async () => {
    now = Date.now();
    const clock = () => now;
    organisation = await testOrganisation();
    doctor = await organisation.issue();
    parts = {
      organisation: { name: 'hospital-a', mspId: 'HospitalAMSP' },
      development: true,
      issuers: [organisation.issuer],
      revocations: testRevocations(),
      tokens: createTokens(tokenKey, { name: 'hospital-a', mspId: 'HospitalAMSP' }, clock),
      proofs: createProofVerifier(clock),
      now: clock,
    };
  });
  const refusedAs = (code: string) => expect.objectContaining({ name: 'Problem', code }) as unknown;

  async function request(identity: TestIdentity, change: Partial<LoginRequest> = {}): Promise<LoginRequest> {
    const { challenge } = await parts.tokens.challenge(identity.subject);
    return {
      method: 'POST',
      url: URL_OF_TOKENS,
      challenge,
      certificate: identity.certificate,
      signature: signed(challenge, identity),
      proof: undefined,
      clientCertificate: undefined,
      ...change,
    };
  }
  const bare = (change: Partial<LoginRequest>): LoginRequest => ({
    method: 'POST',
    url: URL_OF_TOKENS,
    challenge: undefined,
    certificate: undefined,
    signature: undefined,
    proof: undefined,
    clientCertificate: undefined,
    ...change,
  });
  const call = (authorization: string | undefined, proof?: string, clientCertificate?: Uint8Array) =>
    authenticate(parts, { method: 'GET', url: URL_OF_ME, authorization, proof, clientCertificate });

  describe('a challenge', () => {
    it('signed with the certificate’s key gives a plain token in development', async () => {
      const { token, tokenType, expiresIn } = await login(parts, await request(doctor));
      expect({ tokenType, expiresIn }).toEqual({ tokenType: 'Bearer', expiresIn: 600 });
      expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', typ: 'at+jwt' });
      expect(decodeJwt(token)).toMatchObject({ sub: doctor.subject, aud: 'hospital-a', role: 'doctor' });
      const { caller } = await call(`Bearer ${token}`);
      expect(caller).toMatchObject({ subject: doctor.subject, role: 'doctor', binding: 'none' });
    });

    it('is refused a plain token outside development', async () => {
      parts = { ...parts, development: false };
      await expect(login(parts, await request(doctor))).rejects.toEqual(refusedAs('PROOF_REQUIRED'));
    });

    it('is used up by one login', async () => {
      const once = await request(doctor);
      await login(parts, once);
      await expect(login(parts, once)).rejects.toEqual(refusedAs('UNAUTHENTICATED'));
    });

    it('ends after two minutes', async () => {
      const late = await request(doctor);
      now += 121_000;
      await expect(login(parts, late)).rejects.toEqual(refusedAs('UNAUTHENTICATED'));
    });

    it('is not taken from another subject, another issuer, or as a token', async () => {
      const nurse = await organisation.issue({ role: 'nurse' });
      const { challenge } = await parts.tokens.challenge(nurse.subject);
      const stolen = await request(doctor, { challenge, signature: signed(challenge, doctor) });
      await expect(login(parts, stolen)).rejects.toEqual(refusedAs('UNAUTHENTICATED'));
      const foreign = createTokens(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, {
        name: 'hospital-a',
        mspId: 'HospitalAMSP',
      });
      const { challenge: other } = await foreign.challenge(doctor.subject);
      const forged = await request(doctor, { challenge: other, signature: signed(other, doctor) });
      await expect(login(parts, forged)).rejects.toEqual(refusedAs('UNAUTHENTICATED'));
      await expect(call(`Bearer ${challenge}`)).rejects.toEqual(refusedAs('UNAUTHENTICATED'));
    });

    it('wants the signature of the certificate’s key', async () => {
      const thief = await organisation.issue();
      const { challenge = '' } = await request(doctor);
      const wrong = await request(doctor, { challenge, signature: signed(challenge, thief) });
      await expect(login(parts, wrong)).rejects.toEqual(refusedAs('UNAUTHENTICATED'));
      for (const missing of ['challenge', 'certificate', 'signature'] as const) {
        const partial = await request(doctor, { [missing]: undefined });
        await expect(login(parts, partial)).rejects.toEqual(refusedAs('REQUEST_INVALID'));
      }
    });
  });

  describe('a certificate', () => {
    const cases: [string, () => Promise<TestIdentity>, string][] = [
      [
        'of another organisation',
        async () => (await testOrganisation('hospital-b')).issue(),
        'UNAUTHENTICATED',
      ],
      ['of a namesake CA', async () => (await testOrganisation('hospital-a')).issue(), 'UNAUTHENTICATED'],
      [
        'that ran out',
        () => organisation.issue({ notAfter: new Date(Date.now() - 1_000) }),
        'UNAUTHENTICATED',
      ],
      ['without role', () => organisation.issue({ attributes: '{"attrs":{}}' }), 'UNAUTHENTICATED'],
      [
        'with a made-up role',
        () => organisation.issue({ attributes: '{"attrs":{"role":"god"}}' }),
        'UNAUTHENTICATED',
      ],
      ['with attributes that are no JSON', () => organisation.issue({ attributes: '{' }), 'UNAUTHENTICATED'],
      ['that is a CA', () => organisation.issue({ isCa: true }), 'UNAUTHENTICATED'],
    ];
    it.each(cases)('%s is refused', async (_, issue, code) => {
      await expect(login(parts, await request(await issue()))).rejects.toEqual(refusedAs(code));
    });

    it('that is revoked gets no token, and its tokens and connections end', async () => {
      const { token } = await login(parts, await request(doctor));
      const authenticated = await call(`Bearer ${token}`);
      expect(await stillValid(parts, authenticated)).toBe(true);
      parts.revocations.serials.add(normalSerial(new X509Certificate(doctor.certificate).serialNumber));
      await expect(login(parts, await request(doctor))).rejects.toEqual(refusedAs('CERTIFICATE_REVOKED'));
      await expect(call(`Bearer ${token}`)).rejects.toEqual(refusedAs('CERTIFICATE_REVOKED'));
      await expect(call(undefined, undefined, der(doctor))).rejects.toEqual(refusedAs('CERTIFICATE_REVOKED'));
      expect(await stillValid(parts, authenticated)).toBe(false);
    });

    it('of the connection is a login by itself', async () => {
      const { caller, token } = await call(undefined, undefined, der(doctor));
      expect(caller).toMatchObject({ subject: doctor.subject, binding: 'mutual-tls' });
      expect(token).toBeUndefined();
      await expect(call(undefined)).rejects.toEqual(refusedAs('UNAUTHENTICATED'));
      await expect(login(parts, bare({}))).rejects.toEqual(refusedAs('UNAUTHENTICATED'));
    });
  });

  describe('a token', () => {
    it('bound to a client certificate works with that one alone', async () => {
      const { token, tokenType } = await login(parts, bare({ clientCertificate: der(doctor) }));
      expect(tokenType).toBe('Bearer');
      expect((await call(`Bearer ${token}`, undefined, der(doctor))).caller.binding).toBe('mutual-tls');
      const renewed = await organisation.issue({ subject: doctor.subject });
      for (const shown of [undefined, der(renewed)]) {
        await expect(call(`Bearer ${token}`, undefined, shown)).rejects.toEqual(refusedAs('PROOF_REQUIRED'));
      }
      await expect(call(`DPoP ${token}`, undefined, der(doctor))).rejects.toEqual(
        refusedAs('PROOF_REQUIRED'),
      );
    });

    it('ends after ten minutes, at a revocation, and with the process', async () => {
      const { token } = await login(parts, await request(doctor));
      const { token: claims } = await call(`Bearer ${token}`);
      if (claims === undefined) throw new Error('no claims');
      parts.tokens.revoke(claims);
      await expect(call(`Bearer ${token}`)).rejects.toEqual(refusedAs('TOKEN_REVOKED'));
      const { token: second } = await login(parts, await request(doctor));
      const restarted = createTokens(tokenKey, parts.organisation, () => now);
      await expect(restarted.verify(second)).rejects.toEqual(refusedAs('UNAUTHENTICATED'));
      expect((await call(`Bearer ${second}`)).caller.role).toBe('doctor');
      now += 601_000;
      await expect(call(`Bearer ${second}`)).rejects.toEqual(refusedAs('UNAUTHENTICATED'));
    });

    it('is refused where it was changed, unsigned, HMACed with the public key, or for another audience', async () => {
      const { token } = await login(parts, await request(doctor));
      const [header = '', payload = '', signature = ''] = token.split('.');
      const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const claims = decodeJwt(token);
      const none = `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.x`;
      const publicPem = Buffer.from(
        generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'pem', type: 'spki' }),
      );
      const hmac = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
        .sign(publicPem);
      const other = await createTokens(tokenKey, { name: 'hospital-b', mspId: 'B' }).issue(
        {
          subject: doctor.subject,
          role: 'doctor',
          serial: '1',
          thumbprint: '',
          certificate: organisation.issuer,
        },
        undefined,
      );
      const attempts = [
        `${header}.${encode({ ...claims, role: 'admin' })}.${signature}`,
        none,
        hmac,
        other,
        `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      ];
      for (const attempt of attempts) {
        await expect(call(`Bearer ${attempt}`)).rejects.toEqual(refusedAs('UNAUTHENTICATED'));
      }
      for (const malformed of ['', 'Bearer', 'Basic abc', `Bearer ${token} x`, 'Bearer a.b']) {
        await expect(call(malformed)).rejects.toEqual(refusedAs('UNAUTHENTICATED'));
      }
    });
  });

  describe('a DPoP token', () => {
    let proofKey: ProofKey;
    let token: string;
    beforeEach(async () => {
      proofKey = await createProofKey();
      const issued = await login(
        parts,
        await request(doctor, { proof: await proofKey.prove('POST', URL_OF_TOKENS) }),
      );
      expect(issued.tokenType).toBe('DPoP');
      token = issued.token;
    });

    it('works with a fresh proof for just this request', async () => {
      const { caller } = await call(
        `DPoP ${token}`,
        await proofKey.prove('GET', `${URL_OF_ME}?x=1#y`, token),
      );
      expect(caller.binding).toBe('dpop');
    });

    it('works not as a bearer token, and not without a proof', async () => {
      const proof = await proofKey.prove('GET', URL_OF_ME, token);
      await expect(call(`Bearer ${token}`, proof)).rejects.toEqual(refusedAs('PROOF_REQUIRED'));
      await expect(call(`DPoP ${token}`)).rejects.toEqual(refusedAs('PROOF_REQUIRED'));
    });

    it('refuses a replayed proof', async () => {
      const proof = await proofKey.prove('GET', URL_OF_ME, token);
      await call(`DPoP ${token}`, proof);
      await expect(call(`DPoP ${token}`, proof)).rejects.toEqual(refusedAs('UNAUTHENTICATED'));
      now += 30_000;
      await expect(call(`DPoP ${token}`, proof)).rejects.toEqual(refusedAs('UNAUTHENTICATED'));
    });

    it('refuses proofs for another method, address, token, time or key', async () => {
      const stranger = await createProofKey();
      const proofs = [
        await proofKey.prove('POST', URL_OF_ME, token),
        await proofKey.prove('GET', 'https://evil.example/v1/me', token),
        await proofKey.prove('GET', 'https://localhost:7443/v1/consents', token),
        await proofKey.prove('GET', URL_OF_ME),
        await proofKey.prove('GET', URL_OF_ME, 'another.token.x'),
        await stranger.prove('GET', URL_OF_ME, token),
        'not.a.proof',
      ];
      for (const proof of proofs) {
        await expect(call(`DPoP ${token}`, proof)).rejects.toEqual(refusedAs('UNAUTHENTICATED'));
      }
      const old = await proofKey.prove('GET', URL_OF_ME, token);
      now += 75_000;
      await expect(call(`DPoP ${token}`, old)).rejects.toEqual(refusedAs('UNAUTHENTICATED'));
      now -= 150_000;
      const future = await proofKey.prove('GET', URL_OF_ME, token);
      await expect(call(`DPoP ${token}`, future)).rejects.toEqual(refusedAs('UNAUTHENTICATED'));
    });

    it('refuses proofs of a wrong type, algorithm, or that carry a private key', async () => {
      const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
      const ath = createHash('sha256').update(token).digest('base64url');
      const claims = { htm: 'GET', htu: URL_OF_ME, jti: 'a', ath };
      const publicJwk = await exportJWK(publicKey);
      const headers = [
        { typ: 'JWT', alg: 'ES256', jwk: publicJwk },
        { typ: 'dpop+jwt', alg: 'ES256' },
        { typ: 'dpop+jwt', alg: 'ES256', jwk: await exportJWK(privateKey) },
      ];
      for (const header of headers) {
        const proof = await new SignJWT(claims).setProtectedHeader(header).setIssuedAt().sign(privateKey);
        await expect(parts.proofs.verify(proof, { method: 'GET', url: URL_OF_ME, token })).rejects.toEqual(
          refusedAs('UNAUTHENTICATED'),
        );
      }
    });
  });
});
