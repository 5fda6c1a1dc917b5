import express, { type Request, type Response } from 'express';
import { Problem } from '../errors.js';
import { checkJson } from './json-shape.js';

/**
 * Reads a JSON body of at most `limit` bytes; a longer one is refused by its Content-Length before a byte is read.
 * @returns undefined where there is none.
 */
export function createBodyReader(limit: number): (request: Request, response: Response) => Promise<unknown> {
  const parse = express.json({ limit, strict: false, inflate: false, type: 'application/json' });
  return async (request, response) => {
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
    if (encoding === undefined && (length === undefined || length === '0')) return undefined;
    if (Number(length ?? 0) > limit) throw tooLarge(limit);
    if (request.is('application/json') === false || !isUtf8(request.headers['content-type'])) {
      throw new Problem('MEDIA_TYPE_UNSUPPORTED', 'send application/json');
    }
    await new Promise<void>((resolve, reject) => {
      parse(request, response, (error?: unknown) => {
        if (error === undefined) resolve();
        else reject(problemOf(error, limit));
      });
    });
    const body = request.body as unknown;
    checkJson(body);
    return body;
  };
}

/** JSON between systems is UTF-8 (RFC 8259); the parser would take UTF-16 too. */
function isUtf8(contentType = ''): boolean {
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(contentType) ?? [];
  return charset.toLowerCase() === 'utf-8';
}

function problemOf(error: unknown, limit: number): Problem {
  const type = (error as { type?: string }).type;
  if (type === 'entity.too.large') return tooLarge(limit);
  if (type === 'encoding.unsupported' || type === 'charset.unsupported') {
    return new Problem('MEDIA_TYPE_UNSUPPORTED', 'send plain UTF-8');
  }
  return new Problem('REQUEST_INVALID', 'the body is not JSON', {
    errors: [{ path: 'body', message: 'is not JSON' }],
  });
}

function tooLarge(limit: number): Problem {
  return new Problem('PAYLOAD_TOO_LARGE', `the body may have ${limit} bytes`);
}
