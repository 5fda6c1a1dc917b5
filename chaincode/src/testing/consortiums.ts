import type { OrganisationKind } from '../api/index.js';

/** An organisation of a test's consortium; its MSP id is what its certificates say. */
export interface WorldOrganisation {
  readonly name: string;
  readonly kind: OrganisationKind;
  readonly mspId: string;
}

/** The default topology: two hospitals, an insurer, a lab. */
export const FOUR_ORGANISATIONS: readonly WorldOrganisation[] = [
  { name: 'hospital-a', kind: 'hospital', mspId: 'HospitalAMSP' },
  { name: 'hospital-b', kind: 'hospital', mspId: 'HospitalBMSP' },
  { name: 'insurer-a', kind: 'insurer', mspId: 'InsurerAMSP' },
  { name: 'lab-a', kind: 'lab', mspId: 'LabAMSP' },
];

/** Two insurers, and four care organisations, so that a majority is three of four. */
export const SIX_ORGANISATIONS: readonly WorldOrganisation[] = [
  ...FOUR_ORGANISATIONS,
  { name: 'insurer-b', kind: 'insurer', mspId: 'InsurerBMSP' },
  { name: 'pharmacy-a', kind: 'pharmacy', mspId: 'PharmacyAMSP' },
];
