import { createPrivateKey } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { msp as mspProtos } from '@hyperledger/fabric-protos';
import type { NodeSigner } from '../parts.js';
import { parseCertificate } from './certificate.js';
import { curveOf, signLowS } from './ecdsa.js';
import { IdentityError } from './identity-error.js';

function onlyFile(dir: string): string {
  const [name] = readdirSync(dir).sort();
  if (name === undefined) throw new Error(`${dir} is empty`);
  return readFileSync(join(dir, name), 'utf8');
}

/** Marshalled msp.SerializedIdentity of a certificate. */
export function serializeIdentity(mspId: string, certificatePem: string): Uint8Array {
  const message = new mspProtos.SerializedIdentity();
  message.setMspid(mspId);
  message.setIdBytes(Buffer.from(certificatePem, 'utf8'));
  return message.serializeBinary();
}

/**
 * A signer from a node's or user's MSP folder (`signcerts`, `keystore`).
 * @throws IdentityError (MSP_FOLDER) where certificate or key is missing, or they do not belong together.
 */
export function nodeSigner(options: { mspId: string; dir: string; endpoint: string }): NodeSigner {
  const { mspId, dir, endpoint } = options;
  try {
    const certificate = parseCertificate(onlyFile(join(dir, 'signcerts')));
    const key = createPrivateKey(onlyFile(join(dir, 'keystore')));
    if (!certificate.node.checkPrivateKey(key)) throw new Error('key and certificate do not belong together');
    const curve = curveOf(key);
    return {
      mspId,
      endpoint,
      serialized: serializeIdentity(mspId, certificate.pem),
      sign: (message) => signLowS(key, curve, message),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new IdentityError('MSP_FOLDER', `signer of ${mspId} (${dir}): ${reason}`, { cause });
  }
}
