import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

/** Certificates for tests alone: an organisation's CA, its MSP folder and identities in Fabric's layout. */

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 60 * 60 * 1000;
const { subtle } = webcrypto;

const CONFIG_YAML = `NodeOUs:
  Enable: true
  ClientOUIdentifier:
    OrganizationalUnitIdentifier: client
  PeerOUIdentifier:
    OrganizationalUnitIdentifier: peer
  AdminOUIdentifier:
    OrganizationalUnitIdentifier: admin
  OrdererOUIdentifier:
    OrganizationalUnitIdentifier: orderer
`;

export interface TestIdentity {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly serialNumber: string;
  /** MSP folder with signcerts and keystore. */
  readonly dir: string;
}

export interface TestIntermediate {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

export interface TestOrganisation {
  readonly mspId: string;
  /** The organisation's MSP folder. */
  readonly dir: string;
  issue(
    name: string,
    options?: {
      ou?: string[];
      notBefore?: Date;
      notAfter?: Date;
      ca?: boolean;
      issuer?: TestIntermediate;
    },
  ): Promise<TestIdentity>;
  /** An intermediate CA; it is put into `intermediatecerts`. */
  intermediate(name: string): Promise<TestIntermediate>;
  /** Writes the CRL anew with all that was revoked so far. */
  revoke(serialNumber: string): Promise<void>;
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = await subtle.exportKey('pkcs8', key);
  const pem = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
  return pem.export({ format: 'pem', type: 'pkcs8' }).toString();
}

function serial(): string {
  return `00${randomBytes(12).toString('hex').replace(/^0+/, '1')}`.slice(-24).replace(/^[89a-f]/, '7');
}

/** Makes an organisation under `parentDir/<mspId>`. */
export async function makeOrganisation(parentDir: string, mspId: string): Promise<TestOrganisation> {
  const dir = join(parentDir, mspId, 'msp');
  const keys = await subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const caName = `CN=ca.${mspId}`;
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: caName,
    keys,
    signingAlgorithm: ALGORITHM,
    serialNumber: serial(),
    notBefore: new Date(Date.now() - 400 * DAY_MS),
    notAfter: new Date(Date.now() + 3650 * DAY_MS),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  await mkdir(join(dir, 'cacerts'), { recursive: true });
  await mkdir(join(dir, 'crls'), { recursive: true });
  await writeFile(join(dir, 'cacerts', 'ca-cert.pem'), ca.toString('pem'));
  await writeFile(join(dir, 'config.yaml'), CONFIG_YAML);
  const revoked: string[] = [];

  return {
    mspId,
    dir,
    async issue(name, options = {}) {
      const own = await subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
      const issuer = options.issuer ?? { certificate: ca, keys };
      const units = (options.ou ?? ['client']).map((unit) => `OU=${unit}`);
      const certificate = await x509.X509CertificateGenerator.create({
        subject: [`CN=${name}`, ...units].join(', '),
        issuer: issuer.certificate.subject,
        publicKey: own.publicKey,
        signingKey: issuer.keys.privateKey,
        signingAlgorithm: ALGORITHM,
        serialNumber: serial(),
        notBefore: options.notBefore ?? new Date(Date.now() - DAY_MS),
        notAfter: options.notAfter ?? new Date(Date.now() + 365 * DAY_MS),
        extensions: [
          new x509.BasicConstraintsExtension(options.ca ?? false, undefined, true),
          await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
        ],
      });
      const identityDir = join(parentDir, mspId, 'identities', name, 'msp');
      await mkdir(join(identityDir, 'signcerts'), { recursive: true });
      await mkdir(join(identityDir, 'keystore'), { recursive: true });
      const certificatePem = `${certificate.toString('pem')}\n`;
      const privateKeyPem = await keyPem(own.privateKey);
      await writeFile(join(identityDir, 'signcerts', 'cert.pem'), certificatePem);
      await writeFile(join(identityDir, 'keystore', 'priv_sk'), privateKeyPem);
      return { certificatePem, privateKeyPem, serialNumber: certificate.serialNumber, dir: identityDir };
    },
    async intermediate(name) {
      const own = await subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
      const certificate = await x509.X509CertificateGenerator.create({
        subject: `CN=${name}`,
        issuer: ca.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        serialNumber: serial(),
        notBefore: new Date(Date.now() - DAY_MS),
        notAfter: new Date(Date.now() + 365 * DAY_MS),
        extensions: [
          new x509.BasicConstraintsExtension(true, undefined, true),
          await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
          await x509.SubjectKeyIdentifierExtension.create(own.publicKey),
        ],
      });
      await mkdir(join(dir, 'intermediatecerts'), { recursive: true });
      await writeFile(join(dir, 'intermediatecerts', `${name}.pem`), certificate.toString('pem'));
      return { certificate, keys: own };
    },
    async revoke(serialNumber) {
      revoked.push(serialNumber);
      const crl = await x509.X509CrlGenerator.create({
        issuer: ca.subject,
        thisUpdate: new Date(),
        nextUpdate: new Date(Date.now() + 30 * DAY_MS),
        signingAlgorithm: ALGORITHM,
        signingKey: keys.privateKey,
        entries: revoked.map((number) => ({ serialNumber: number, revocationDate: new Date() })),
        extensions: [await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey)],
      });
      const pem = crl.toString('pem').replaceAll(' CRL-----', ' X509 CRL-----');
      await writeFile(join(dir, 'crls', 'crl.pem'), pem.replaceAll('X509 X509', 'X509'));
    },
  };
}
