import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { beforeAll, describe, expect, it } from 'vitest';

/** The lint of the repository keeps the directions; here it must show that it would notice. */
describe('an import in the wrong direction', () => {
  let eslint: ESLint;
  beforeAll(() => {
    eslint = new ESLint({
      cwd: fileURLToPath(new URL('../../../', import.meta.url)),
      // The files are made up: no types are known of them, and this rule needs none.
      overrideConfig: tseslint.configs.disableTypeChecked as ESLint.Options['overrideConfig'],
    });
  });

  async function complaints(folder: string, from: string): Promise<(string | null)[]> {
    const code = `import { something } from '${from}';\nexport const other = something;\n`;
    const [result] = await eslint.lintText(code, { filePath: `${folder}/made-up.ts` });
    return result?.messages.map(({ ruleId, message }) => ruleId ?? message) ?? ['not linted'];
  }

  it.each([
    ['gateway/src/vault', '../fabric/index.js'],
    ['gateway/src/vault', 'express'],
    ['gateway/src/fabric', '../vault/index.js'],
    ['gateway/src/fabric', '@medaccord/network/topology'],
    ['gateway/src/use-cases', 'express'],
    ['gateway/src/use-cases/records', 'express'],
    ['gateway/src/use-cases', '@medaccord/network/topology'],
    ['gateway/src/use-cases', '@medaccord/chaincode'],
    ['network/src/consortium', '@medaccord/gateway/client'],
    ['chaincode/src/api', 'fabric-contract-api'],
    ['chaincode/src/api', '../ledger/index.js'],
    ['test/src/conformance/scenarios', '@medaccord/network/topology'],
    ['test/src/conformance/harness', '../../consortium/index.js'],
  ])('is reported: %s from %s', async (folder, from) => {
    expect(await complaints(folder, from)).toEqual(['no-restricted-imports']);
  });

  it.each([
    ['gateway/src/http', 'express'],
    ['gateway/src/use-cases', '@medaccord/chaincode/api'],
    ['gateway/src/vault', '../errors.js'],
    ['chaincode/src/consent', '../api/index.js'],
    ['test/src/conformance/engines', '../../consortium/index.js'],
  ])('is not seen where there is none: %s from %s', async (folder, from) => {
    expect(await complaints(folder, from)).toEqual([]);
  });
});
