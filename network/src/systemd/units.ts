import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CodedError } from '../coded-error.js';

const folder = new URL('../../../config/systemd/', import.meta.url);
const repository = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');

export interface UnitOptions {
  /** Absolute. */
  readonly home: string;
  /** Whom everything runs as. */
  readonly user: string;
}

/** systemd reads quotes, percent signs and dollars in a path its own way. */
const PLAIN_PATH = /^\/[\w./@+-]*$/;
const USER = /^[a-z_][a-z0-9_-]{0,30}$/;

/**
 * The units of one home, by name: the consortium, the doctor and the certificates by timers.
 * @throws CodedError UNIT_INVALID for a path or user that a unit cannot name as it is.
 */
export function systemdUnits({ home, user }: UnitOptions): ReadonlyMap<string, string> {
  const node = process.execPath;
  const program = `${repository}/network/bin/medaccord.mjs`;
  const strange = [home, repository, node].find((path) => !PLAIN_PATH.test(path));
  if (strange !== undefined) {
    throw new CodedError('UNIT_INVALID', `a unit cannot name ${JSON.stringify(strange)} as it is`, {
      hint: 'Use a path of letters, digits and . _ - + @ /',
    });
  }
  if (!USER.test(user)) throw new CodedError('UNIT_INVALID', `${JSON.stringify(user)} is no name of a user`);
  const values: Readonly<Record<string, string>> = { home, user, node, program, repository };
  const names = readdirSync(folder).sort();
  return new Map(
    names.map((name) => [
      name,
      readFileSync(new URL(name, folder), 'utf8').replaceAll(
        /\$\{(\w+)\}/g,
        (whole, key: string) => values[key] ?? whole,
      ),
    ]),
  );
}
