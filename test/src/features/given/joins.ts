import { X509Certificate, createHash } from 'node:crypto';
import { type BlockView, publicPart } from '../../consortium/index.js';

const ID = /(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{32})(?![0-9a-f])/g;
const LEDGER_ID = 32;
/** Read by whatever touches `care`; it says nothing of anybody. */
const CARE_KEY = createHash('sha256').update('care-key').digest('hex');

interface Trace {
  function: string;
  tokens: Set<string>;
}

/**
 * All transactions of a ledger, and what one has in common with another: ids and hashes in arguments, keys that were
 * read or written, values, events and answers; hashes of private keys and values; who sent it, where that is a
 * patient. Who works for an organisation is left out: a doctor joins all its patients, and so none.
 */
export class Joins {
  private readonly traces: Trace[];

  constructor(blocks: readonly BlockView[]) {
    const parts = blocks.flatMap(({ envelopes }) =>
      envelopes.flatMap((envelope) => {
        const part = publicPart(envelope);
        return part === undefined ? [] : [{ envelope, part, sender: senderOf(part.creator) }];
      }),
    );
    const staff = new Set([
      CARE_KEY,
      ...parts.flatMap(({ part }) =>
        part.writes.flatMap(({ value: { type, id } }) => (type === 'practitioner' ? [String(id)] : [])),
      ),
      ...parts.flatMap(({ sender }) => (sender.role === 'patient' ? [] : sender.ids)),
    ]);
    this.traces = parts.map(({ envelope, part, sender }) => {
      const ids = [...idsIn(envelope.toString('latin1')), ...part.privateHashes, ...sender.ids];
      const tokens = new Set(ids.flatMap(withPrefix).filter((id) => !staff.has(id)));
      return { function: part.arguments[0] ?? '', tokens };
    });
  }

  /** Functions of all transactions that can be reached from some ids and hashes, over any number of steps. */
  reachedFrom(known: readonly string[]): Set<string> {
    const tokens = new Set(known.flatMap(withPrefix));
    const reached = new Set<Trace>();
    for (let before = -1; reached.size > before;) {
      before = reached.size;
      for (const trace of this.traces) {
        if (reached.has(trace) || ![...trace.tokens].some((token) => tokens.has(token))) continue;
        reached.add(trace);
        for (const token of trace.tokens) tokens.add(token);
      }
    }
    return new Set([...reached].map(({ function: name }) => name));
  }
}

export function idsIn(text: string): string[] {
  return text.match(ID) ?? [];
}

/** Role and ids that a certificate names. */
function senderOf(pem: string): { role: string | undefined; ids: string[] } {
  const text = new X509Certificate(pem).raw.toString('latin1');
  return { role: /"role":"([a-z]+)"/.exec(text)?.[1], ids: idsIn(text) };
}

/** An id of the ledger may be cut from a hash. */
function withPrefix(id: string): string[] {
  return id.length > LEDGER_ID ? [id, id.slice(0, LEDGER_ID)] : [id];
}
