import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Written after a build; its time is when that build began. */
const stampPath = (root) => join(root, 'node_modules', '.cache', 'medaccord', 'built');

/**
 * Why the TypeScript build has to run, or undefined: a project was never built, or a source, its folder (a
 * deleted file shows there) or a configuration has changed since the last build. Looks at times alone.
 */
export function whyBuild(root) {
  const projects = readJson(join(root, 'tsconfig.json')).references.map(({ path }) => join(root, path));
  const unbuilt = projects.find((project) => !existsSync(buildInfo(project)));
  if (unbuilt !== undefined) return `${unbuilt.slice(root.length + 1)} is not built`;
  const stamp = modified(stampPath(root));
  if (stamp === undefined) return 'no build is recorded';
  const changed = newerThan(stamp, [
    join(root, 'tsconfig.json'),
    join(root, 'tsconfig.base.json'),
    ...projects.flatMap((project) => [
      join(project, 'tsconfig.json'),
      join(project, 'package.json'),
      ...sources(project.endsWith('src') || project.includes('/src/') ? project : join(project, 'src')),
    ]),
  ]);
  return changed === undefined ? undefined : `${changed.slice(root.length + 1)} has changed`;
}

/** Records a successful build that began at `start` (milliseconds since 1970). */
export function recordBuild(root, start) {
  const path = stampPath(root);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  utimesSync(path, start / 1000, start / 1000);
}

function buildInfo(project) {
  const { compilerOptions = {} } = readJson(join(project, 'tsconfig.json'));
  return join(
    project,
    compilerOptions.tsBuildInfoFile ?? join(compilerOptions.outDir ?? '.', 'tsconfig.tsbuildinfo'),
  );
}

function* sources(folder) {
  yield folder;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(ts|mts|cts|json)$/.test(entry.name)) yield path;
  }
}

function newerThan(time, paths) {
  return paths.find((path) => (modified(path) ?? 0) > time);
}

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
