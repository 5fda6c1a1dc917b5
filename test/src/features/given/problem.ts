import { codeIn, readDocument, tableRows } from '../../docs/markdown.js';
import { type RestAnswer, jsonOf } from './rest-call.js';

/** Every code that docs/api.md lists, with its status. */
const STATUS_OF = new Map(
  tableRows(readDocument('docs/api.md'), ['Code', 'Status']).map(({ Code = '', Status = '' }) => [
    codeIn(Code)[0],
    Number(Status),
  ]),
);

/** What is wrong with an answer that ought to be an RFC 9457 problem as docs/api.md describes; empty: nothing. */
export function flawsOf(answer: RestAnswer): string[] {
  const { status, headers, text } = answer;
  if (status >= 500) return [`status ${String(status)}: ${text}`];
  if (status < 400) return [`accepted with ${String(status)}: ${text.slice(0, 200)}`];
  if (headers['content-type']?.startsWith('application/problem+json') !== true)
    return [`no problem but ${headers['content-type'] ?? 'untyped'}: ${text.slice(0, 200)}`];
  const problem = jsonOf(answer);
  const code = String(problem['code']);
  const request = String(headers['x-request-id']);
  const type = `urn:medaccord:problem:${code.toLowerCase().replaceAll('_', '-')}`;
  const checks: [boolean, string][] = [
    [STATUS_OF.get(code) === status, `code ${code} with status ${String(status)}`],
    [problem['status'] === status, 'another status in the body'],
    [problem['type'] === type, 'another type'],
    [/^[0-9a-f-]{36}$/.test(request), 'no X-Request-Id'],
    [problem['instance'] === `urn:medaccord:request:${request}`, 'another instance'],
    [!/ at [\w./<>]+ ?\(|node_modules|dist\//.test(text), 'something of the inside'],
    [typeof problem['title'] === 'string' && typeof problem['retryable'] === 'boolean', 'members missing'],
  ];
  return checks.filter(([holds]) => !holds).map(([, flaw]) => flaw);
}
