import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ContractError } from './errors.js';
import { parseShape } from './input.js';

const Shape = z.strictObject({ id: z.string().regex(/^[0-9a-f]{32}$/, 'must be an id') });

function refusalOf(text: string): ContractError {
  try {
    parseShape('input', text, Shape);
  } catch (error) {
    return error as ContractError;
  }
  throw new Error('it was accepted');
}

describe('an argument', () => {
  it('is refused before it is parsed where it is larger than any can be', () => {
    expect(refusalOf(`"${'x'.repeat(1_048_576)}"`)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      detail: 'input: too long',
    });
  });

  it.each([
    ['no JSON', 'Jane Doe'],
    ['another type', '"Jane Doe"'],
    ['a bad value', '{"id":"Jane Doe"}'],
    ['an unknown member', `{"id":"${'a'.repeat(32)}","Jane Doe":1}`],
    ['a prototype', `{"id":"${'a'.repeat(32)}","__proto__":{"Jane Doe":1}}`],
  ])('that is %s is refused without a word of what it says', (_, text) => {
    const refusal = refusalOf(text);
    expect(refusal.code).toBe('INVALID_ARGUMENT');
    expect(refusal.message).not.toContain('Jane');
  });
});
