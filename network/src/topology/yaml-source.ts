import { LineCounter, isMap, isNode, isPair, isScalar, isSeq, parseDocument, type Document } from 'yaml';
import type { FieldPath } from './field-path.js';
import type { TopologyProblem } from './topology-error.js';

/** A YAML text that still knows where each field stands. */
export class YamlSource {
  readonly #lines = new LineCounter();
  readonly #document: Document;
  readonly syntaxProblems: readonly TopologyProblem[];

  constructor(text: string) {
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    this.syntaxProblems = this.#document.errors.map((error) => ({
      field: '',
      ...this.#at(error.pos[0]),
      message: error.message,
    }));
  }

  /** The plain value; only where there are no syntax problems. */
  get value(): unknown {
    return this.#document.toJS({ maxAliasCount: 100 });
  }

  /** Where a field stands: its key in a mapping, its item in a list; for a missing field, what it is missing from. */
  position(path: FieldPath): { line: number; column: number } {
    let node: unknown = this.#document.contents;
    let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
    for (const segment of path) {
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && key.value === segment);
        if (!isPair(pair) || !isNode(pair.key)) break;
        offset = pair.key.range?.[0] ?? offset;
        node = pair.value;
      } else if (isSeq(node) && typeof segment === 'number') {
        node = node.items[segment];
        if (!isNode(node)) break;
        offset = node.range?.[0] ?? offset;
      } else break;
    }
    return this.#at(offset);
  }

  #at(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}
