import type { Handlers } from '../../operation.js';
import { organisationUseCases } from './organisations.js';
import { patientKeyUseCases } from './patient-keys.js';
import { patientUseCases } from './patients.js';
import { practitionerUseCases } from './practitioners.js';
import { relationUseCases } from './relations.js';
import { treatmentUseCases } from './treatments.js';
import type { DirectoryParts } from './parts.js';

export type { DirectoryParts } from './parts.js';

type All = ReturnType<typeof organisationUseCases> &
  ReturnType<typeof practitionerUseCases> &
  ReturnType<typeof patientUseCases> &
  ReturnType<typeof patientKeyUseCases> &
  ReturnType<typeof relationUseCases> &
  ReturnType<typeof treatmentUseCases>;
export type DirectoryOperation = keyof All;

/** Organisations, practitioners, patients and what hangs on them. */
export function directoryUseCases(parts: DirectoryParts): Handlers<DirectoryOperation> {
  return {
    ...organisationUseCases(parts),
    ...practitionerUseCases(parts),
    ...patientUseCases(parts),
    ...patientKeyUseCases(parts),
    ...relationUseCases(parts),
    ...treatmentUseCases(parts),
  };
}
