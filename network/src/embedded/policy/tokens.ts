import { PolicyError } from './policy-error.js';

/** One token of the policy language, with where it starts (1-based), for error messages. */
export type Token =
  | { readonly kind: 'word' | 'text' | 'number'; readonly value: string; readonly at: number }
  | { readonly kind: '(' | ')' | ','; readonly at: number };

const PATTERNS = /\s*(?:([A-Za-z]+)|'([^']*)'|"([^"]*)"|(\d+)|([(),]))/y;

/** @throws PolicyError (POLICY_SYNTAX) at the first character that starts no token. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  let offset = 0;
  while (offset < end) {
    PATTERNS.lastIndex = offset;
    const match = PATTERNS.exec(text);
    if (match === null) {
      throw new PolicyError(
        'POLICY_SYNTAX',
        `unexpected character at ${String(offset + 1)} of policy "${text}"`,
      );
    }
    const [whole, word, single, double, number, mark] = match;
    const at = offset + 1;
    const quoted = single ?? double;
    if (word !== undefined) tokens.push({ kind: 'word', value: word, at });
    else if (quoted !== undefined) tokens.push({ kind: 'text', value: quoted, at });
    else if (number !== undefined) tokens.push({ kind: 'number', value: number, at });
    else tokens.push({ kind: mark as '(' | ')' | ',', at });
    offset += whole.length;
  }
  return tokens;
}
