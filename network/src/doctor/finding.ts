/** What the doctor looks at. */
export const CHECKS = [
  'clock',
  'disk',
  'ports',
  'certificates',
  'processes',
  'orderers',
  'peers',
  'chaincode',
  'authorities',
  'databases',
  'gateways',
] as const;
export type Check = (typeof CHECKS)[number];

/** Something that is not as it must be, or will not be for long. */
export interface Finding {
  readonly check: Check;
  /** fault: something does not work now; warning: it will not for long, or somebody should know. */
  readonly severity: 'fault' | 'warning';
  /** Which node, process, file or port. */
  readonly where: string;
  readonly what: string;
  /** How to mend it. */
  readonly hint: string;
}

export function fault(check: Check, where: string, what: string, hint: string): Finding {
  return { check, severity: 'fault', where, what, hint };
}

export function warning(check: Check, where: string, what: string, hint: string): Finding {
  return { check, severity: 'warning', where, what, hint };
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses of one name were tried.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}
