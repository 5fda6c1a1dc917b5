import type { Handlers } from '../../operation.js';
import { breakGlassUseCases } from './break-glass.js';
import { grantUseCases } from './grants.js';
import type { ConsentParts } from './parts.js';
import { consentQueries } from './queries.js';
import { revocationUseCases } from './revocations.js';

export type { ConsentParts } from './parts.js';

type All = ReturnType<typeof grantUseCases> &
  ReturnType<typeof revocationUseCases> &
  ReturnType<typeof consentQueries> &
  ReturnType<typeof breakGlassUseCases>;
export type ConsentOperation = keyof All;

/** What patients allow, and what emergencies take. */
export function consentUseCases(parts: ConsentParts): Handlers<ConsentOperation> {
  return {
    ...grantUseCases(parts),
    ...revocationUseCases(parts),
    ...consentQueries(parts),
    ...breakGlassUseCases(parts),
  };
}
