import { describe, expect, it } from 'vitest';
import { ERROR_CODES, formatError, parseError } from './errors.js';

describe('coded errors in text', () => {
  it.each(ERROR_CODES)('%s survives what Fabric wraps around it', (code) => {
    const text = `10 ABORTED: failed: chaincode response 500, ${formatError(code, 'version is 3: old')}\nmore`;
    expect(parseError(text)).toEqual({ code, detail: 'version is 3: old' });
  });

  it.each(['', 'chaincode response 500, boom', 'MEDACCORD:NO_SUCH_CODE:x', 'MEDACCORD::x'])(
    'finds none in %j',
    (text) => {
      expect(parseError(text)).toBeUndefined();
    },
  );
});
