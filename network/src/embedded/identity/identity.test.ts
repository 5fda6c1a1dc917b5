import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { msp } from '@hyperledger/fabric-protos';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MspManager } from '../parts.js';
import { makeOrganisation, type TestIdentity, type TestOrganisation } from '../testing/certificates.js';
import { rolePrincipal } from '../policy/index.js';
import { derChildren, encodeDer, encodeDerInteger, readDer } from './der.js';
import { parseCertificate } from './certificate.js';
import {
  certifiersIdentifier,
  checkCreator,
  checkTimeWindow,
  checkTransactionId,
  nodeSigner,
  openMsps,
  serializeIdentity,
  transactionId,
} from './index.js';

let dir: string;
let org: TestOrganisation;
let rival: TestOrganisation;
let msps: MspManager;
let client: TestIdentity;
const now = new Date();
const message = Buffer.from('message');

const identityOf = (identity: TestIdentity, mspId = 'OneMSP') =>
  msps.deserialize(serializeIdentity(mspId, identity.certificatePem));
const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'identity-'));
  org = await makeOrganisation(dir, 'OneMSP');
  rival = await makeOrganisation(dir, 'TwoMSP');
  client = await org.issue('client');
  msps = openMsps([org, rival]);
});
afterAll(() => rm(dir, { recursive: true }));

describe('an identity', () => {
  it('of the organisation is valid and has the role of its OU', async () => {
    const identity = identityOf(client);
    identity.validate(now);
    expect(identity.satisfies(rolePrincipal('OneMSP', 'member'))).toBe(true);
    expect(identity.satisfies(rolePrincipal('OneMSP', 'client'))).toBe(true);
    expect(identity.satisfies(rolePrincipal('OneMSP', 'peer'))).toBe(false);
    expect(identity.satisfies(rolePrincipal('TwoMSP', 'member'))).toBe(false);
    const admin = identityOf(await org.issue('admin', { ou: ['admin'] }));
    expect(admin.satisfies(rolePrincipal('OneMSP', 'admin'))).toBe(true);
    expect(admin.satisfies(rolePrincipal('OneMSP', 'client'))).toBe(false);
  });

  it('of another CA, of an unknown MSP or malformed is refused', async () => {
    const foreign = await rival.issue('foreign');
    expect(codeOf(() => identityOf(foreign).validate(now))).toBe('UNTRUSTED_CHAIN');
    expect(codeOf(() => identityOf(client, 'NobodyMSP'))).toBe('UNKNOWN_MSP');
    expect(codeOf(() => msps.deserialize(Buffer.from('ff', 'hex')))).toBe('MALFORMED_IDENTITY');
    expect(codeOf(() => msps.deserialize(serializeIdentity('OneMSP', 'no certificate')))).toBe(
      'MALFORMED_IDENTITY',
    );
  });

  it('begins when its authority is valid: what begins before is refused', async () => {
    const early = await org.issue('early', { notBefore: new Date(now.getTime() - 500 * 24 * 3_600_000) });
    expect(codeOf(() => identityOf(early).validate(now))).toBe('UNTRUSTED_CHAIN');
  });

  it('needs a current certificate, exactly one node OU and no CA bit', async () => {
    const past = await org.issue('past', { notAfter: new Date(now.getTime() - 1000) });
    expect(codeOf(() => identityOf(past).validate(now))).toBe('CERTIFICATE_EXPIRED');
    expect(codeOf(() => identityOf(past).validate())).toBe('none');
    const future = await org.issue('future', { notBefore: new Date(now.getTime() + 60_000) });
    expect(codeOf(() => identityOf(future).validate(now))).toBe('CERTIFICATE_EXPIRED');
    expect(codeOf(() => identityOf(client).validate(new Date(0)))).toBe('CERTIFICATE_EXPIRED');
    const none = await org.issue('none', { ou: [] });
    expect(codeOf(() => identityOf(none).validate(now))).toBe('NODE_OU');
    const both = await org.issue('both', { ou: ['client', 'peer'] });
    expect(codeOf(() => identityOf(both).validate(now))).toBe('NODE_OU');
    const ca = await org.issue('ca', { ca: true });
    expect(codeOf(() => identityOf(ca).validate(now))).toBe('CA_CERTIFICATE');
  });

  it('is refused once the CRL names it, while others go on', async () => {
    const user = await org.issue('user');
    const identity = identityOf(user);
    identity.validate(now);
    await org.revoke(user.serialNumber);
    await expect.poll(() => codeOf(() => identity.validate(now))).toBe('CERTIFICATE_REVOKED');
    expect(identity.satisfies(rolePrincipal('OneMSP', 'member'))).toBe(false);
    identityOf(client).validate(now);
    await org.revoke(client.serialNumber === user.serialNumber ? '01' : '02');
    await expect.poll(() => codeOf(() => identity.validate(now))).toBe('CERTIFICATE_REVOKED');
  });
});

describe('trust', () => {
  it('goes over an intermediate CA, whose hash certifies organisational units', async () => {
    const three = await makeOrganisation(dir, 'ThreeMSP');
    const issuer = await three.intermediate('ica');
    const user = await three.issue('user', { issuer });
    const direct = await three.issue('direct');
    const manager = openMsps([three]);
    const identity = manager.deserialize(serializeIdentity('ThreeMSP', user.certificatePem));
    identity.validate(now);
    const root = parseCertificate(await readFile(join(three.dir, 'cacerts', 'ca-cert.pem'), 'utf8'));
    const between = parseCertificate(await readFile(join(three.dir, 'intermediatecerts', 'ica.pem'), 'utf8'));
    const unit = (certifiers: Uint8Array, name = 'client', mspId = 'ThreeMSP'): msp.MSPPrincipal => {
      const value = new msp.OrganizationUnit();
      value.setMspIdentifier(mspId);
      value.setOrganizationalUnitIdentifier(name);
      value.setCertifiersIdentifier(certifiers);
      const principal = new msp.MSPPrincipal();
      principal.setPrincipalClassification(msp.MSPPrincipal.Classification.ORGANIZATION_UNIT);
      principal.setPrincipal(value.serializeBinary());
      return principal;
    };
    const chain = certifiersIdentifier([between, root]);
    expect(identity.satisfies(unit(chain))).toBe(true);
    expect(identity.satisfies(unit(certifiersIdentifier([root])))).toBe(false);
    expect(identity.satisfies(unit(chain, 'peer'))).toBe(false);
    expect(identity.satisfies(unit(chain, 'client', 'OneMSP'))).toBe(false);

    // Node OUs may name the CA that has to have certified them.
    const config = await readFile(join(three.dir, 'config.yaml'), 'utf8');
    await writeFile(
      join(three.dir, 'config.yaml'),
      config.replace(
        'ClientOUIdentifier:',
        'ClientOUIdentifier:\n    Certificate: intermediatecerts/ica.pem',
      ),
    );
    const strict = openMsps([three]);
    strict.deserialize(serializeIdentity('ThreeMSP', user.certificatePem)).validate(now);
    const refused = strict.deserialize(serializeIdentity('ThreeMSP', direct.certificatePem));
    expect(codeOf(() => refused.validate(now))).toBe('NODE_OU');
  });

  it('in one named identity is for that certificate alone', async () => {
    const other = await org.issue('other');
    const principal = new msp.MSPPrincipal();
    principal.setPrincipalClassification(msp.MSPPrincipal.Classification.IDENTITY);
    principal.setPrincipal(serializeIdentity('OneMSP', other.certificatePem));
    expect(identityOf(other).satisfies(principal)).toBe(true);
    expect(identityOf(client).satisfies(principal)).toBe(false);
  });

  it('stays as it was where a revocation list cannot be read; a folder that begins so is refused', async () => {
    const four = await makeOrganisation(dir, 'FourMSP');
    const user = await four.issue('user');
    const gone = await four.issue('gone');
    await four.revoke(gone.serialNumber);
    const manager = openMsps([four]);
    const of = (identity: TestIdentity) =>
      manager.deserialize(serializeIdentity('FourMSP', identity.certificatePem));
    expect(codeOf(() => of(gone).validate(now))).toBe('CERTIFICATE_REVOKED');
    await writeFile(join(four.dir, 'crls', 'crl.pem'), '-----BEGIN X509 CRL-----\nnonsense');
    expect(codeOf(() => openMsps([four]))).toBe('MSP_FOLDER');
    expect(codeOf(() => of(gone).validate(now))).toBe('CERTIFICATE_REVOKED');
    of(user).validate(now);
    await four.revoke(user.serialNumber);
    await expect.poll(() => codeOf(() => of(user).validate(now))).toBe('CERTIFICATE_REVOKED');
    expect(codeOf(() => openMsps([{ mspId: 'X', dir: join(dir, 'absent') }]))).toBe('MSP_FOLDER');
  });
});

describe('signatures', () => {
  it('are low-S, verified, and refused when high-S, foreign or cut', () => {
    const signer = nodeSigner({ mspId: 'OneMSP', dir: client.dir, endpoint: 'localhost:1' });
    const identity = msps.deserialize(signer.serialized);
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    for (let i = 0; i < 20; i += 1) {
      const signature = Buffer.from(signer.sign(message));
      expect(identity.verify(message, signature)).toBe(true);
      const [r, s] = derChildren(readDer(signature));
      if (r === undefined || s === undefined) throw new Error('no signature');
      const high = (order - BigInt(`0x${s.content.toString('hex')}`)).toString(16).padStart(64, '0');
      const highS = encodeDer(0x30, Buffer.concat([r.whole, encodeDerInteger(Buffer.from(high, 'hex'))]));
      expect(identity.verify(message, highS)).toBe(false);
    }
    const signature = signer.sign(message);
    expect(identity.verify(Buffer.from('other'), signature)).toBe(false);
    expect(identity.verify(message, signature.subarray(0, 20))).toBe(false);
    expect(identity.verify(message, new Uint8Array())).toBe(false);
  });
});

describe('creator checks', () => {
  it('take a fitting signature and no other', () => {
    const signer = nodeSigner({ mspId: 'OneMSP', dir: client.dir, endpoint: '' });
    const signature = signer.sign(message);
    expect(checkCreator(msps, signer.serialized, message, signature, now).mspId).toBe('OneMSP');
    expect(codeOf(() => checkCreator(msps, signer.serialized, Buffer.from('x'), signature, now))).toBe(
      'BAD_SIGNATURE',
    );
  });

  it('hold the transaction id to nonce and creator', () => {
    const header = { nonce: Buffer.from('nonce'), creator: Buffer.from('creator') };
    const txId = transactionId(Buffer.from('nonce'), Buffer.from('creator'));
    checkTransactionId(txId, header);
    expect(codeOf(() => checkTransactionId(`${txId.slice(1)}0`, header))).toBe('BAD_TRANSACTION_ID');
  });

  it('take timestamps within 15 minutes', () => {
    expect(codeOf(() => checkTimeWindow({ timestamp: undefined }, now))).toBe('TIMESTAMP_OUT_OF_WINDOW');
    for (const [minutes, code] of [
      [14.9, 'none'],
      [-14.9, 'none'],
      [15.1, 'TIMESTAMP_OUT_OF_WINDOW'],
      [-15.1, 'TIMESTAMP_OUT_OF_WINDOW'],
    ] as const) {
      const timestamp = { seconds: now.getTime() / 1_000 + minutes * 60, nanos: 0 };
      expect(codeOf(() => checkTimeWindow({ timestamp }, now))).toBe(code);
    }
  });
});
