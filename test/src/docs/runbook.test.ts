import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { registerCaCommands } from '../../../network/src/ca/index.js';
import { exitCodeOf } from '../../../network/src/cli/exit-codes.js';
import { createProgram } from '../../../network/src/cli/program.js';
import { CodedError } from '../../../network/src/coded-error.js';
import type { Parts } from '../../../network/src/consortium/index.js';
import { registerIdentityCommands } from '../../../network/src/identity/index.js';
import { ConsortiumTopology } from '../../../network/src/topology/consortium-schema.js';
import { medaccordCommands, unknownPart } from './commands.js';
import { codeIn, readDocument, REPOSITORY, tableRows } from './markdown.js';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** `organisations[].gateway.rest` and the like: every field that holds a value. */
function fieldsOf(schema: Schema, path = ''): string[] {
  if (schema.items !== undefined) return fieldsOf(schema.items, `${path}[]`);
  if (schema.properties === undefined) return [path];
  return Object.entries(schema.properties).flatMap(([name, field]) =>
    fieldsOf(field, path === '' ? name : `${path}.${name}`),
  );
}

describe('docs/runbook.md', () => {
  it('explains every field of the topology file, and no other', () => {
    const explained = tableRows(readDocument('docs/runbook.md'), ['Field', 'Rule']).map(
      ({ Field = '' }) => codeIn(Field)[0],
    );
    expect(explained.toSorted()).toEqual(fieldsOf(z.toJSONSchema(ConsortiumTopology) as Schema).toSorted());
  });

  it('tells the exit code of each failure', () => {
    const rows = tableRows(readDocument('docs/runbook.md'), ['code', 'exit']);
    expect(rows.length).toBeGreaterThan(20);
    const told = rows.flatMap(({ code = '', exit }) => codeIn(code).map((name) => [name, Number(exit)]));
    expect(told).toEqual(told.map(([name]) => [name, exitCodeOf(new CodedError(String(name), ''))]));
  });
});

describe('the documents', () => {
  const parts: Parts = {
    ensureMaterial: () => Promise.resolve(),
    planNetwork: () => expect.fail('nothing is started'),
    planConsortium: () => expect.fail('nothing is started'),
    deploy: () => Promise.resolve(''),
    bootstrap: () => Promise.resolve(''),
  };
  const program = createProgram(parts, [registerCaCommands, registerIdentityCommands]);
  const files = readdirSync(new URL('docs', REPOSITORY)).filter((name) => name.endsWith('.md'));

  it.each(files)('%s names commands and options that exist', (file) => {
    const unknown = medaccordCommands(readDocument(`docs/${file}`)).map((typed) =>
      unknownPart(program, typed),
    );
    expect(unknown.filter((text) => text !== undefined)).toEqual([]);
  });

  it('name the commands that there are', () => {
    const named = medaccordCommands(readDocument('docs/runbook.md')).map(({ words: [first] }) => first);
    expect(named).toEqual(expect.arrayContaining(program.commands.map((command) => command.name())));
    expect(unknownPart(program, { text: 'up --nothing', words: ['up', '--nothing'] })).toBe('up --nothing');
    expect(unknownPart(program, { text: 'identity nothing', words: ['identity', 'nothing'] })).toBeDefined();
  });
});
