import type { KeyObject } from 'node:crypto';
import { keyId } from '@medaccord/chaincode/api';
import { publicJwk, signStatement } from '@medaccord/gateway/client';
import type { Member } from '../../consortium/index.js';
import { commit } from '../../story/api.js';
import { DAY, inFuture, newId } from './ids.js';
import type { Patient } from './patient.js';

export type KeyStatement = ReturnType<typeof keyAddition> | ReturnType<typeof keyRevocation>;

const about = ({ id, custodian }: Patient) => ({
  id: newId(),
  channel: 'care',
  custodian,
  patient: id,
  expiresAt: inFuture(DAY),
});

export function keyAddition(patient: Patient, key: KeyObject) {
  return { type: 'key-addition' as const, ...about(patient), key: publicJwk(key) };
}

export function keyRevocation(patient: Patient, key: KeyObject) {
  return { type: 'key-revocation' as const, ...about(patient), kid: keyId(publicJwk(key)) };
}

/** Brings a statement that one of the patient's keys signed to a gateway. @throws GatewayRefusal */
export async function changedKeys(
  { api }: Member,
  statement: KeyStatement,
  by: KeyObject,
): Promise<{ id: string; transaction: { id: string; block: number } }> {
  const { patient: id, type } = statement;
  const body = { jws: signStatement(statement, 'key', by) };
  return commit((header) => {
    const params = { path: { id }, header };
    return type === 'key-addition'
      ? api.POST('/v1/patients/{id}/keys', { params, body })
      : api.POST('/v1/patients/{id}/keys/revoke', { params, body });
  });
}
