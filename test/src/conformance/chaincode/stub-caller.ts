import shim, { type ChaincodeInterface, type ChaincodeResponse, type ChaincodeStub } from 'fabric-shim';
import { CALLS, type CallResult } from './stub-calls.js';

/**
 * The suite's chaincode: a function of it is one call of the stub. `steps` makes several, given as JSON:
 * `[["put","a","1"],["get","a"]]`; its result is that of the last. `respond` answers with a status of one's choice.
 */
export class StubCaller implements ChaincodeInterface {
  async Init(stub: ChaincodeStub): Promise<ChaincodeResponse> {
    return this.Invoke(stub);
  }

  async Invoke(stub: ChaincodeStub): Promise<ChaincodeResponse> {
    const { fcn, params } = stub.getFunctionAndParameters();
    if (fcn === 'respond') return respond(params);
    try {
      const steps = fcn === 'steps' ? (JSON.parse(params[0] ?? '[]') as string[][]) : [[fcn, ...params]];
      let result: CallResult;
      for (const [name = '', ...parameters] of steps) result = await call(stub, name, parameters);
      return shim.success(payload(result));
    } catch (error) {
      return shim.error(error instanceof Error ? error.message : String(error));
    }
  }
}

async function call(stub: ChaincodeStub, name: string, parameters: readonly string[]): Promise<CallResult> {
  const found = CALLS[name];
  if (found === undefined) throw new Error(`no function ${name}`);
  return (await found(stub, ...parameters)) ?? undefined;
}

function payload(result: CallResult): Uint8Array {
  if (result === undefined) return Buffer.alloc(0);
  if (result instanceof Uint8Array) return result;
  return Buffer.from(typeof result === 'string' ? result : JSON.stringify(result));
}

function respond([status = '', message = '', text = '']: readonly string[]): ChaincodeResponse {
  return { status: Number(status), message, payload: Buffer.from(text) } as ChaincodeResponse;
}
