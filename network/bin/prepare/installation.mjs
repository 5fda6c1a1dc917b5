import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Why `npm ci` has to run, or undefined where node_modules holds what the lock file names. npm writes its own
 * record (node_modules/.package-lock.json) last, so an install that was cut short has none.
 */
export function whyInstall(root) {
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return 'node_modules is missing or incomplete';
  const locked = readPackages(join(root, 'package-lock.json'));
  if (locked === undefined) return undefined;
  for (const [path, entry] of Object.entries(locked)) {
    if (path === '') continue;
    const found = installed[path];
    if (found === undefined) {
      if (entry.optional || entry.devOptional || entry.peer) continue;
      return `${path} is missing`;
    }
    for (const field of ['version', 'integrity', 'resolved', 'link']) {
      // A lock file may leave out where a package came from (omit-lockfile-registry-resolved).
      if (field === 'resolved' && !entry.link) continue;
      if (found[field] !== entry[field]) return `${path} differs from package-lock.json`;
    }
  }
  for (const [path, entry] of Object.entries(installed)) {
    if (locked[path] === undefined) return `${path} is not in package-lock.json`;
    if (!fits(entry)) return `${path} is for another platform`;
  }
  return undefined;
}

/** Whether a package that names systems and processors names this one. */
function fits({ os, cpu }) {
  const allows = (list, own) =>
    list === undefined ||
    ((list.includes(own) || list.every((one) => one.startsWith('!'))) && !list.includes(`!${own}`));
  return allows(os, process.platform) && allows(cpu, process.arch);
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
