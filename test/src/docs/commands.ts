import type { Command } from 'commander';

/** A line as it is typed, without the `npx` before it. */
export interface TypedCommand {
  readonly text: string;
  readonly words: readonly string[];
}

/** Every `medaccord …` in the shell examples and code spans of a document. */
export function medaccordCommands(markdown: string): TypedCommand[] {
  const examples = [...markdown.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, code = '']) =>
    code.split('\n'),
  );
  const spans = [...markdown.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(
    ([, code = '']) => code,
  );
  return [...examples, ...spans].flatMap((line) =>
    [...line.matchAll(/(?:^|[\s(])(?:npx )?medaccord( [^|>#)]+)/g)].map(([, text = '']) => ({
      text: text.trim(),
      words: text.trim().split(/\s+/),
    })),
  );
}

/** What is wrong with a typed command; undefined where the program knows all of it. */
export function unknownPart(program: Command, { text, words }: TypedCommand): string | undefined {
  let command = program;
  let rest = [...words];
  for (let next = find(command, rest[0]); next !== undefined; next = find(command, rest[0])) {
    command = next;
    rest = rest.slice(1);
  }
  if (command.commands.length > 0 && rest[0] !== undefined && !rest[0].startsWith('-')) return text;
  const known = [program, command].flatMap(({ options }) =>
    options.flatMap(({ long, short }) => [long, short]),
  );
  known.push('--help', '--version');
  return rest.some((word) => word.startsWith('-') && !known.includes(word)) ? text : undefined;
}

function find(command: Command, name: string | undefined): Command | undefined {
  return command.commands.find((one) => one.name() === name);
}
