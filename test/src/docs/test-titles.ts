import ts from 'typescript';

/**
 * The titles of a vitest file's tests, each after those of the suites around it: `suite › test`. Titles of `it.each`
 * stay as they are written, placeholders included.
 */
export function testTitles(source: string): string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node, suites: readonly string[]): void => {
    const found = titleOf(node);
    const own = found === undefined ? suites : [...suites, found.title];
    if (found?.kind === 'it') titles.push(own.join(' › '));
    ts.forEachChild(node, (child) => {
      visit(child, own);
    });
  };
  visit(ts.createSourceFile('x.test.ts', source, ts.ScriptTarget.Latest), []);
  return titles;
}

/** The title of `it('…', …)`, `it.each(…)('…', …)`, `describe('…', …)` and the like. */
function titleOf(node: ts.Node): { kind: 'it' | 'describe'; title: string } | undefined {
  if (!ts.isCallExpression(node) || node.arguments.length < 2) return undefined;
  const kind = calleeOf(node.expression);
  const [title] = node.arguments;
  if ((kind !== 'it' && kind !== 'describe') || title === undefined) return undefined;
  return ts.isStringLiteralLike(title) ? { kind, title: title.text } : undefined;
}

function calleeOf(node: ts.Expression): string {
  if (ts.isIdentifier(node)) return node.text;
  return ts.isPropertyAccessExpression(node) || ts.isCallExpression(node) ? calleeOf(node.expression) : '';
}
