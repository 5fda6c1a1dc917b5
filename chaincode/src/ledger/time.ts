/** Later of two instants. ISO instants of one fixed width compare as text. */
export function later(one: string, other: string): string {
  return one > other ? one : other;
}

/** Instant so many seconds after another. */
export function plusSeconds(instant: string, seconds: number): string {
  return new Date(Date.parse(instant) + seconds * 1_000).toISOString();
}
