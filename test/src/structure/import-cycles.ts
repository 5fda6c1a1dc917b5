import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

/** Module → the modules of the same tree that it imports, types included; all paths absolute. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

export function importGraph(folder: string): ImportGraph {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => resolve(folder, name));
  return new Map(files.map((file) => [file, importsOf(file)]));
}

function importsOf(file: string): string[] {
  return ts
    .preProcessFile(readFileSync(file, 'utf8'), true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => join(dirname(file), name.replace(/\.js$/, '.ts')))
    .filter((path) => existsSync(path));
}

/** Groups of modules that import each other, directly or around. */
export function importCycles(graph: ImportGraph): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const cycles: string[][] = [];
  // Tarjan's strongly connected components.
  const visit = (module: string): void => {
    order.set(module, order.size);
    lowest.set(module, order.get(module) ?? 0);
    path.push(module);
    for (const next of graph.get(module) ?? []) {
      if (!order.has(next)) visit(next);
      else if (!path.includes(next)) continue;
      lowest.set(module, Math.min(lowest.get(module) ?? 0, lowest.get(next) ?? 0));
    }
    if (lowest.get(module) !== order.get(module)) return;
    const group = path.splice(path.indexOf(module));
    if (group.length > 1 || graph.get(module)?.includes(module) === true) cycles.push(group);
  };
  for (const module of graph.keys()) if (!order.has(module)) visit(module);
  return cycles;
}
