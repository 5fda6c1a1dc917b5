import { describe, expect, it } from 'vitest';
import { refuseProduction } from './production-guard.js';

describe('production', () => {
  it('is refused wherever it is said', () => {
    for (const said of ['production', 'Production', ' production ']) {
      expect(() => {
        refuseProduction({ NODE_ENV: 'test', MEDACCORD_ENV: said });
      }).toThrow(expect.objectContaining({ code: 'PRODUCTION' }));
    }
  });

  it('is not seen where it is not said', () => {
    refuseProduction({ NODE_ENV: undefined, MEDACCORD_ENV: 'development', topology: 'development' });
  });
});
