/** The engine that a whole run is about: `MEDACCORD_ENGINE`, else the embedded ledger. */
export function testedEngine(asked = process.env['MEDACCORD_ENGINE']): string {
  return asked === undefined || asked === '' ? 'embedded' : asked;
}
