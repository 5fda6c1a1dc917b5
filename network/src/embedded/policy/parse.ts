import type { common, msp } from '@hyperledger/fabric-protos';
import { outOf, policyEnvelope, rolePrincipal, signedBy, type RoleName } from './build.js';
import { PolicyError } from './policy-error.js';
import { tokenize, type Token } from './tokens.js';

const PRINCIPAL = /^([A-Za-z0-9.-]+)\.(member|admin|client|peer|orderer)$/;
/** Fabric knows each gate in three spellings. */
const GATES: Readonly<Record<string, 'and' | 'or' | 'outof'>> = {
  And: 'and',
  and: 'and',
  AND: 'and',
  Or: 'or',
  or: 'or',
  OR: 'or',
  OutOf: 'outof',
  outof: 'outof',
  OUTOF: 'outof',
};
const MAX_DEPTH = 32;

class Parser {
  readonly principals: msp.MSPPrincipal[] = [];
  readonly #text: string;
  readonly #tokens: Token[];
  #position = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  parse(): common.SignaturePolicy {
    const rule = this.#gate(0);
    if (this.#position < this.#tokens.length) throw this.#error('nothing more');
    return rule;
  }

  #gate(depth: number): common.SignaturePolicy {
    const token = this.#next();
    const gate = token?.kind === 'word' ? GATES[token.value] : undefined;
    if (gate === undefined) throw this.#error('AND, OR or OutOf', -1);
    if (depth > MAX_DEPTH) throw this.#error('less nesting');
    this.#expect('(');
    const wanted = gate === 'outof' ? this.#count() : undefined;
    const rules = wanted === undefined ? [this.#operand(depth)] : [];
    while (this.#peek()?.kind === ',') {
      this.#position += 1;
      rules.push(this.#operand(depth));
    }
    this.#expect(')');
    if (rules.length === 0) throw this.#error('at least one principal');
    const count = wanted ?? (gate === 'and' ? rules.length : 1);
    // Fabric lets n be one more than there are rules: a policy nobody can satisfy.
    if (count > rules.length + 1)
      throw this.#error(`at most ${String(rules.length + 1)} as the count of OutOf`);
    return outOf(count, rules);
  }

  #operand(depth: number): common.SignaturePolicy {
    const token = this.#peek();
    if (token?.kind !== 'text') return this.#gate(depth + 1);
    this.#position += 1;
    const match = PRINCIPAL.exec(token.value);
    if (match?.[1] === undefined) throw this.#error('a principal like Org1MSP.peer', -1);
    this.principals.push(rolePrincipal(match[1], match[2] as RoleName));
    return signedBy(this.principals.length - 1);
  }

  #count(): number {
    const token = this.#next();
    const value = token?.kind === 'number' || token?.kind === 'text' ? token.value : '';
    if (!/^\d{1,6}$/.test(value)) throw this.#error('a count', -1);
    return Number(value);
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#position];
  }
  #next(): Token | undefined {
    this.#position += 1;
    return this.#tokens[this.#position - 1];
  }
  #expect(kind: '(' | ')'): void {
    if (this.#next()?.kind !== kind) throw this.#error(`"${kind}"`, -1);
  }
  #error(expected: string, step = 0): PolicyError {
    const at = this.#tokens[this.#position + step]?.at ?? this.#text.length + 1;
    return new PolicyError('POLICY_SYNTAX', `policy "${this.#text}": expected ${expected} at ${String(at)}`);
  }
}

/**
 * Fabric's policy language: `AND('A.peer', OutOf(2, 'B.member', 'C.admin', 'D.peer'))`.
 * @throws PolicyError (POLICY_SYNTAX) with the place.
 */
export function parsePolicy(text: string): common.SignaturePolicyEnvelope {
  const parser = new Parser(text);
  return policyEnvelope(parser.parse(), parser.principals);
}
