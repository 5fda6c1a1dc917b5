import tseslint from 'typescript-eslint';

/** Import directions (docs/architecture.md): a folder may not import what its entry lists. */
function direction(files, forbidden) {
  return {
    files,
    rules: {
      'no-restricted-imports': ['error', { patterns: forbidden }],
    },
  };
}

const express = {
  group: ['express', 'express-*', 'swagger-ui-express'],
  message: 'Express lives in http/ only',
};

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', '**/*.gen.ts', '.medaccord/'] },
  ...tseslint.configs.strict,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-extraneous-class': 'off',
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  direction(
    ['chaincode/src/api/**'],
    [{ group: ['../*', 'fabric-*', '@medaccord/*'], message: 'api imports nothing of ours' }],
  ),
  direction(
    ['gateway/src/!(http)/**'],
    [
      express,
      {
        // The bare package alone: its api is for everybody.
        regex: '^@medaccord/(network.*|chaincode)$',
        message: 'the gateway meets the network over gRPC and files',
      },
    ],
  ),
  direction(
    ['gateway/src/vault/**'],
    [
      express,
      { group: ['**/fabric/**', '@medaccord/network*'], message: 'vault and fabric do not know each other' },
    ],
  ),
  direction(
    ['gateway/src/fabric/**'],
    [
      express,
      { group: ['**/vault/**', '@medaccord/network*'], message: 'vault and fabric do not know each other' },
    ],
  ),
  direction(
    ['network/src/**'],
    [{ group: ['@medaccord/gateway*'], message: 'network and gateway meet over gRPC and files' }],
  ),
  direction(
    ['test/src/conformance/!(engines)/**'],
    [
      {
        group: ['@medaccord/*', '**/consortium/**', '**/network/src/**', '**/gateway/src/**'],
        message: 'scenarios know a network by test/src/conformance/network.ts alone',
      },
    ],
  ),
  {
    files: ['network/src/!(process)/**/*.ts', 'gateway/src/**/*.ts', 'chaincode/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'process.env is read in one config file a package' },
      ],
    },
  },
  { files: ['*/src/config.ts'], rules: { 'no-restricted-properties': 'off' } },
);
