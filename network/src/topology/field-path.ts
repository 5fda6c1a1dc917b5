/** Where a field stands in the topology file: `['organisations', 2, 'ca', 'port']`. */
export type FieldPath = readonly (string | number)[];

/** `['organisations', 2, 'ca', 'port']` as `organisations[2].ca.port`. */
export function fieldName(path: FieldPath): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === 'number') return `${text}[${segment}]`;
    return text === '' ? segment : `${text}.${segment}`;
  }, '');
}
