import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';

/** scrypt (RFC 7914) of an enrolment secret, as the registry keeps it. All values base64. */
export interface SecretHash {
  readonly salt: string;
  readonly hash: string;
  readonly cost: number;
}

const COST = 16_384;
const LENGTH = 32;

export async function hashSecret(secret: string): Promise<SecretHash> {
  const salt = randomBytes(16);
  const hash = await derive(secret, salt, COST);
  return { salt: salt.toString('base64'), hash: hash.toString('base64'), cost: COST };
}

/** Takes the same time whether or not there is a hash to compare with, so that ids cannot be probed. */
export async function secretMatches(secret: string, kept: SecretHash | undefined): Promise<boolean> {
  const salt = kept === undefined ? Buffer.alloc(16) : Buffer.from(kept.salt, 'base64');
  const hash = await derive(secret, salt, kept?.cost ?? COST);
  return kept !== undefined && timingSafeEqual(hash, Buffer.from(kept.hash, 'base64'));
}

/** A fresh enrolment secret of 144 bits. */
export function newSecret(): string {
  return randomBytes(18).toString('base64url');
}

function derive(secret: string, salt: Buffer, cost: number): Promise<Buffer> {
  const options: ScryptOptions = { N: cost, r: 8, p: 1 };
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, LENGTH, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
