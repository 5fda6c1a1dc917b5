import { describe, expect, it } from 'vitest';
import { contracts } from './index.js';
import { FUNCTIONS } from './api/index.js';

describe('the table of functions', () => {
  it('names exactly the transactions that fabric-shim makes of the contracts', () => {
    const names = contracts.flatMap((contract) => {
      const name = new contract().getName();
      return Object.getOwnPropertyNames(contract.prototype)
        .filter((method) => method !== 'constructor')
        .map((method) => `${name}:${method}`);
    });
    expect(names.sort()).toEqual(Object.keys(FUNCTIONS).sort());
  });
});
