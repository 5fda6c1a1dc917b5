import { directory } from '../api/index.js';
import { assetKind, assetKindBy } from '../ledger/index.js';

export const MEMBERSHIP = assetKind('membership', directory.Membership);
export const REGISTRATION = assetKind('registration', directory.Registration);
export const PATIENT = assetKind('patient', directory.Patient);
export const RELATION = assetKind('relation', directory.Relation);
export const RELATION_DETAILS = assetKind('relation-details', directory.RelationDetails);
export const DEVICE = assetKind('device', directory.Device);
export const DEVICE_DETAILS = assetKind('device-details', directory.DeviceDetails);
export const TREATMENT = assetKindBy('treatment', directory.Treatment, ({ patient, practitioner }) => [
  patient,
  practitioner,
]);
