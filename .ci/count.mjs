/*
 * Prints "N passed, N failed, N skipped" from a report of vitest's JSON reporter. A file that failed as a whole
 * (it could not be loaded, or a hook failed) counts as one failure. Exits with 1 unless something ran and all of
 * it passed.
 */
import { readFileSync } from 'node:fs';

const [path] = process.argv.slice(2);
const files = readFiles(path);
const tests = files.flatMap(({ assertionResults }) => assertionResults);
const count = (...statuses) => tests.filter(({ status }) => statuses.includes(status)).length;
const brokenFiles = files.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
);

const passed = count('passed');
const failed = count('failed') + brokenFiles.length;
const skipped = count('skipped', 'pending', 'todo', 'disabled');
for (const { name } of brokenFiles) console.error(`${name} failed as a whole`);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

function readFiles(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).testResults;
  } catch (error) {
    console.error(`there is no test report: ${error.message}`);
    return [];
  }
}
