import { refuse } from './errors.js';

/** @throws ContractError VERSION_CONFLICT where the caller has seen another version; no check where it named none. */
export function checkVersion(asset: { version: number }, expected: number | undefined): void {
  if (expected !== undefined && expected !== asset.version) {
    refuse('VERSION_CONFLICT', `version is ${String(asset.version)}`);
  }
}
