import { describe, expect, it } from 'vitest';
import { Promises } from './promises.js';

describe('the promises of an installation', () => {
  it('are told one line each, with what was seen', () => {
    const lines: string[] = [];
    const promises = new Promises((line) => lines.push(line));
    promises.check('npm10', 'is ready within 20 s', true, '7.1 s');
    promises.check('npm10', 'leaves no process', false, '17, 18');
    promises.skip('plain', 'starts', 'there is no account nobody');
    expect(lines).toEqual([
      '✓ npm10: is ready within 20 s (7.1 s)',
      '✗ npm10: leaves no process (17, 18)',
      '- plain: starts, skipped (there is no account nobody)',
    ]);
    expect(promises.summary()).toBe('1 kept, 1 broken, 1 skipped');
    expect(promises.good).toBe(false);
  });

  it('are not good where nothing was tried', () => {
    const promises = new Promises(() => undefined);
    promises.skip('npm12', 'starts', 'no registry');
    expect(promises.good).toBe(false);
    promises.check('npm11', 'starts', true);
    expect(promises.good).toBe(true);
  });
});
