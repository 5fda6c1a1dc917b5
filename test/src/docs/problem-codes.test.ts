import { ERROR_CODES } from '@medaccord/chaincode/api';
import { describe, expect, it } from 'vitest';
import { GATEWAY_CODES } from '../../../gateway/src/errors.js';
import { statusOf } from '../../../gateway/src/http/problem.js';
import { codeIn, readDocument, tableRows } from './markdown.js';

describe('docs/api.md', () => {
  it('lists every problem code with its status, and no other', () => {
    const listed = tableRows(readDocument('docs/api.md'), ['Code', 'Status']).map(
      ({ Code = '', Status = '' }) => [codeIn(Code)[0], Number(Status)],
    );
    expect(listed).toEqual([...ERROR_CODES, ...GATEWAY_CODES].map((code) => [code, statusOf(code)]));
  });
});
