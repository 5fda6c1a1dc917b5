import type { directory } from '@medaccord/chaincode/api';
import type { Handlers } from '../../operation.js';
import type { Committed } from '../../ports.js';
import { expectedVersion, submit } from '../shared/submit.js';
import type { DirectoryParts } from './parts.js';

type RelationOperation =
  | 'recordRelation'
  | 'getRelation'
  | 'confirmRelation'
  | 'endRelation'
  | 'bindDevice'
  | 'getDevice'
  | 'unbindDevice';

/** Guardians, proxies and devices of a patient. */
export function relationUseCases({ ledger }: DirectoryParts): Handlers<RelationOperation> {
  return {
    async recordRelation(call) {
      const { id = call.run.derive('relation'), ...details } = call.body;
      const priv = { ...details, patient: call.path.id, salt: call.run.derive('salt') };
      const committed = await submit(ledger, call, 'directory:recordRelation', { id }, priv);
      return { ...relation(committed), status: 201, location: `/v1/relations/${id}` };
    },
    async getRelation({ caller, path }) {
      const found = await ledger.evaluate('directory:getRelation', { id: path.id }, { as: caller });
      return { status: 200, body: found, etag: String(found.version) };
    },
    async confirmRelation(call) {
      const input = { id: call.path.id, ...expectedVersion(call) };
      return relation(await submit(ledger, call, 'directory:confirmRelation', input, undefined));
    },
    async endRelation(call) {
      const input = { id: call.path.id, ...expectedVersion(call) };
      return relation(await submit(ledger, call, 'directory:endRelation', input, undefined));
    },
    async bindDevice(call) {
      const { id = call.run.derive('device'), jwk } = call.body;
      const priv = { patient: call.path.id, jwk, salt: call.run.derive('salt') };
      const committed = await submit(ledger, call, 'directory:bindDevice', { id }, priv);
      return { ...device(committed), status: 201, location: `/v1/devices/${id}` };
    },
    async getDevice({ caller, path }) {
      const found = await ledger.evaluate('directory:getDevice', { id: path.id }, { as: caller });
      return { status: 200, body: found, etag: String(found.version) };
    },
    async unbindDevice(call) {
      const input = { id: call.path.id, ...expectedVersion(call) };
      return device(await submit(ledger, call, 'directory:unbindDevice', input, undefined));
    },
  };
}

function relation({ result, transaction }: Committed<directory.Relation>) {
  return { status: 200 as const, body: { relation: result, transaction }, etag: String(result.version) };
}
function device({ result, transaction }: Committed<directory.Device>) {
  return { status: 200 as const, body: { device: result, transaction }, etag: String(result.version) };
}
