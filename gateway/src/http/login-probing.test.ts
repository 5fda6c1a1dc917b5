import { afterEach, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../testing/test-gateway.js';

let gateway: TestGateway;
afterEach(() => gateway.close());
const start = async (options?: TestGatewayOptions) => (gateway = await startTestGateway(options));

const ask = async (subject: string) => {
  const headers = { 'content-type': 'application/json' };
  const answer = await gateway.raw('POST', '/v1/auth/challenges', headers, JSON.stringify({ subject }));
  const body = (await answer.json()) as { challenge?: string; code?: string };
  return {
    status: answer.status,
    members: Object.keys(body),
    length: body.challenge?.length,
    code: body.code,
  };
};

describe('who asks for challenges', () => {
  it('learns nothing of who has an account here', async () => {
    await start();
    const known = await gateway.issue({ role: 'doctor' });
    const answer = await ask(known.subject);
    expect(answer).toMatchObject({ status: 201, members: ['challenge', 'expiresAt'] });
    expect(await ask('f'.repeat(32))).toEqual(answer);
  });

  it('is slowed down by address, whatever subjects it names', async () => {
    await start({ limits: { requestsPerMinute: 30 } });
    const answers = [];
    for (let count = 0; count < 6; count++) answers.push(await ask(String(count).repeat(32)));
    expect(answers.map(({ status }) => status)).toContain(429);
    expect(answers.at(-1)).toMatchObject({ code: 'RATE_LIMITED' });
  });
});
