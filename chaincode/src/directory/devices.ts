import type { directory } from '../api/index.js';
import { checkVersion, hashOf, importKey, refuse, type Handler } from '../ledger/index.js';
import { DEVICE, DEVICE_DETAILS } from './kinds.js';
import { requireOwnPatient } from './relations.js';
import { REGISTRARS } from './roles.js';

/** The custodian hands a measuring device, known by its key, to one of its patients. */
export const bindDevice: Handler<'directory:bindDevice', directory.Device> = async (tx, { id }, priv) => {
  tx.caller.requireCare();
  await tx.caller.requireRole(...REGISTRARS);
  await tx.assets.requireAbsent(DEVICE, id);
  await requireOwnPatient(tx, priv.patient);
  importKey(priv.jwk);
  const custodian = tx.caller.organisation.name;
  const details: directory.DeviceDetails = { type: 'device-details', id, custodian, ...priv };
  const device: directory.Device = {
    type: 'device',
    id,
    custodian,
    status: 'bound',
    detailsHash: hashOf(details),
    version: 1,
    updatedAt: tx.timestamp,
  };
  await tx.assets.put(DEVICE, device);
  await tx.care.put(DEVICE_DETAILS, details);
  return device;
};

/** For ever: a device that goes to another patient gets a new id. */
export const unbindDevice: Handler<'directory:unbindDevice', directory.Device> = async (
  tx,
  { id, expectedVersion },
) => {
  tx.caller.requireCare();
  await tx.caller.requireRole(...REGISTRARS);
  const before = await tx.assets.require(DEVICE, id);
  tx.caller.requireOrganisation(before.custodian);
  checkVersion(before, expectedVersion);
  if (before.status !== 'bound') refuse('INVALID_STATE', `device is ${before.status}`);
  const after = tx.next(before, { status: 'unbound' });
  await tx.assets.put(DEVICE, after);
  return after;
};

export const getDevice: Handler<'directory:getDevice', directory.Device> = async (tx, { id }) => {
  void tx.caller.organisation;
  return tx.assets.require(DEVICE, id);
};
