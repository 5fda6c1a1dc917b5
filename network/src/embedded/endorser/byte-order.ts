/**
 * Order of two strings by their UTF-8 bytes, which is Go's and the state database's. JavaScript's own order by
 * UTF-16 units differs where one string has a surrogate pair and the other a unit above the surrogates.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** The entries of a map in the order of their keys' UTF-8 bytes. */
export function sortedValues<V>(map: ReadonlyMap<string, V>): V[] {
  if (map.size < 2) return [...map.values()];
  return [...map].sort(([a], [b]) => compareUtf8(a, b)).map(([, value]) => value);
}
