import { describe, expect, it } from 'vitest';
import { executeTimeout } from './execute-timeout.js';

describe('the execute timeout', () => {
  it.each([
    ['30s', 30_000],
    ['1s', 1_000],
    ['1500ms', 1_500],
    ['1.5s', 1_500],
    ['1m30s', 90_000],
    ['24h', 86_400_000],
  ])('reads %s as Go does', (text, ms) => {
    expect(executeTimeout(text)).toBe(ms);
  });

  it('is left to the default where nothing is set', () => {
    expect(executeTimeout(undefined)).toBeUndefined();
  });

  it.each(['', '30', 'soon', '-5s', '0s', '999ms', '25h', '5s ', '5s,5s', '1d'])('refuses "%s"', (text) => {
    expect(() => executeTimeout(text)).toThrowError(
      expect.objectContaining({ code: 'BAD_SETTING', message: expect.stringContaining(`"${text}"`) }),
    );
  });
});
