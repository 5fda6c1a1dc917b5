import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as x509 from '@peculiar/x509';
import type { NetworkIdentity } from '../network.js';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const SECOND_MS = 1000;
const MONTH_MS = 30 * 24 * 60 * 60 * SECOND_MS;
const { subtle } = webcrypto;

interface Issuer {
  readonly name: x509.Name;
  /** Hex; what it issues names its authority by this. */
  readonly keyId: string;
  /** Nothing that it issues begins before: Fabric asks whether an authority was valid then. */
  readonly notBefore: Date;
  readonly privateKey: webcrypto.CryptoKey;
}

export interface CertificateToMake {
  readonly name: string;
  /** Node OUs: client, peer, admin, orderer; none is allowed. */
  readonly units: readonly string[];
  /** Its time is over; else it lasts a month. */
  readonly isExpired?: boolean;
}

/**
 * An organisation's authority, whose key lies in a file as cryptogen and `medaccord up` leave it: for identities that
 * a proper certificate authority would not give, such as expired ones.
 */
export class CertificateMaker {
  readonly #mspId: string;
  readonly #issuer: Issuer;

  private constructor(mspId: string, issuer: Issuer) {
    this.#mspId = mspId;
    this.#issuer = issuer;
  }

  static async open(mspId: string, certificateFile: string, keyFile: string): Promise<CertificateMaker> {
    const certificate = new x509.X509Certificate(await readFile(certificateFile, 'utf8'));
    const der = createPrivateKey(await readFile(keyFile, 'utf8')).export({ format: 'der', type: 'pkcs8' });
    const keyId = certificate.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
    if (keyId === undefined) throw new Error(`${certificateFile} has no subject key id`);
    const privateKey = await subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']);
    return new CertificateMaker(mspId, {
      name: certificate.subjectName,
      keyId,
      notBefore: certificate.notBefore,
      privateKey,
    });
  }

  /** An authority of the same name with another key, which nobody trusts. */
  async impostor(): Promise<CertificateMaker> {
    const { privateKey } = await subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    return new CertificateMaker(this.#mspId, { ...this.#issuer, privateKey });
  }

  async make({ name, units, isExpired = false }: CertificateToMake): Promise<NetworkIdentity> {
    const keys = await subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const certificate = await x509.X509CertificateGenerator.create({
      subject: [...units.map((unit) => `OU=${unit}`), `CN=${name}`].join(', '),
      issuer: this.#issuer.name,
      publicKey: keys.publicKey,
      signingKey: this.#issuer.privateKey,
      signingAlgorithm: ALGORITHM,
      // Positive, and of the same length whatever its first byte.
      serialNumber: `4${randomBytes(16).toString('hex').slice(1)}`,
      notBefore: this.#issuer.notBefore,
      notAfter: new Date(Date.now() + (isExpired ? -SECOND_MS : MONTH_MS)),
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.AuthorityKeyIdentifierExtension(this.#issuer.keyId),
      ],
    });
    const der = Buffer.from(await subtle.exportKey('pkcs8', keys.privateKey));
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    return {
      mspId: this.#mspId,
      certificate: `${certificate.toString('pem')}\n`,
      privateKey: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
    };
  }
}
