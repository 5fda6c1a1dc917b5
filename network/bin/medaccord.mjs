#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(fileURLToPath(main))) {
  await import(main.href);
} else {
  process.stderr.write(
    'medaccord is not built yet. Run `npm start`, or `npm run build`, in the repository.\n',
  );
  process.exitCode = 1;
}
