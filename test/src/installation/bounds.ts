/** What is promised of a start, once everything is installed and built. */
export const READY_SECONDS = 20;
/** Of all processes of the default consortium together. */
export const MEMORY_BYTES = 1.5e9;

export function megabytes(bytes: number): string {
  return `${String(Math.round(bytes / 1e6))} MB`;
}

export function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}
