import { ERROR_CODES } from '@medaccord/chaincode/api';
import { describe, expect, it } from 'vitest';
import { GATEWAY_CODES, Problem } from '../errors.js';
import { problemBody, statusOf } from './problem.js';

describe('a problem', () => {
  it.each([...ERROR_CODES, ...GATEWAY_CODES])('%s has one status', (code) => {
    expect(statusOf(code)).toBeGreaterThanOrEqual(400);
    expect(
      statusOf(code) < 500 ||
        ['INTERNAL', 'UNAVAILABLE', 'UNREACHABLE', 'UNKNOWN'].some((part) => code.endsWith(part)),
    ).toBe(true);
  });

  it('says code, transaction, and whether and when to come back', () => {
    const problem = new Problem('COMMIT_UNKNOWN', 'sent', { transactionId: 'c'.repeat(64), retryAfter: 5 });
    expect(problemBody(problem, 'request-1')).toEqual({
      type: 'urn:medaccord:problem:commit-unknown',
      title: 'Commit unknown',
      status: 503,
      detail: 'sent',
      instance: 'urn:medaccord:request:request-1',
      code: 'COMMIT_UNKNOWN',
      retryable: true,
      retryAfter: 5,
      transactionId: 'c'.repeat(64),
    });
  });

  it.each([
    Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:7432'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' }),
    new Error('Connection terminated unexpectedly'),
    new Error('timeout exceeded when trying to connect'),
  ])('of a lost database says when to come back: %s', (error) => {
    expect(problemBody(error, 'request-1')).toMatchObject({
      status: 503,
      code: 'DATABASE_UNAVAILABLE',
      retryable: true,
      retryAfter: 1,
    });
  });

  it('of any other error says nothing', () => {
    const body = problemBody(new Error('CANARY'), 'request-1');
    expect(body).toMatchObject({ status: 500, code: 'INTERNAL', retryable: false });
    expect(JSON.stringify(body)).not.toContain('CANARY');
  });
});
