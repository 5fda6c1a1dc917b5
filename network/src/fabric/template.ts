import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FabricError } from './fabric-error.js';

const folder = new URL('../../../config/fabric/', import.meta.url);

/** What a template's `${…}` stand for. */
export type TemplateValues = Readonly<Record<string, string | number>>;

/**
 * A file of `config/fabric`, filled in.
 * @throws FabricError TEMPLATE_INVALID where the template names something else than the values, or not all of them.
 */
export function renderTemplate(name: string, values: TemplateValues): string {
  const file = fileURLToPath(new URL(name, folder));
  return fillIn(readFileSync(file, 'utf8'), values, file);
}

/** @param file For messages. */
export function fillIn(template: string, values: TemplateValues, file: string): string {
  const unused = new Set(Object.keys(values));
  const text = template.replaceAll(/^(?!\s*#).*$/gm, (line) =>
    line.replaceAll(/\$\{(\w*)\}/g, (_whole, name: string) => {
      const value = values[name];
      if (value === undefined) throw new FabricError('TEMPLATE_INVALID', `${file}: there is no \${${name}}`);
      unused.delete(name);
      // JSON is YAML: whatever a path has in it, it stays one value.
      return JSON.stringify(value);
    }),
  );
  if (unused.size === 0) return text;
  throw new FabricError(
    'TEMPLATE_INVALID',
    `${file}: lacks ${[...unused].map((name) => `\${${name}}`).join(', ')}`,
  );
}
