/** SQLSTATE classes and codes of a server that is going, gone, not there yet, or full. */
const STATES = /^(08|57P0[1-5]$|53300$)/;
const SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** The driver gives these no code. */
const DRIVER =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** Whether a failed statement says that the database cannot be reached, and nothing about the statement. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return DRIVER.test(error.message);
  return STATES.test(code) || SYSTEM.has(code);
}
