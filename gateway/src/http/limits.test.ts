import { afterEach, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../testing/test-gateway.js';

const ID = 'a'.repeat(32);

let gateway: TestGateway;
afterEach(() => gateway.close());
const start = async (options?: TestGatewayOptions) => (gateway = await startTestGateway(options));

describe('limits', () => {
  it('on rate answer 429 with the time to wait', async () => {
    await start({ limits: { requestsPerMinute: 30 } });
    const authorization = await gateway.tokenOf('doctor');
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => gateway.raw('GET', '/v1/me', { authorization })),
    );
    const limited = answers.find(({ status }) => status === 429);
    expect(Number(limited?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await limited?.json()).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
    expect((await gateway.raw('GET', '/healthz')).status).toBe(200);
  });

  it('on concurrency shed before any work, and let go again', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    await start({
      limits: { concurrent: 2 },
      async answer() {
        await gate;
        return { id: ID, version: 1 };
      },
    });
    const authorization = await gateway.tokenOf('doctor');
    const read = () => gateway.raw('GET', `/v1/practitioners/${ID}`, { authorization });
    const held = [read(), read()];
    while (gateway.calls.length < 2) await new Promise((resume) => setImmediate(resume));
    const shed = await read();
    expect(await shed.json()).toMatchObject({ status: 429, code: 'OVERLOADED' });
    expect(gateway.calls).toHaveLength(2);
    release();
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await read()).status).toBe(200);
  });
});
