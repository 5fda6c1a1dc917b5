import { Contract, type Context } from 'fabric-contract-api';

/** A chaincode in the contract API's way: a class, whose methods are the transactions. */
export class CounterContract extends Contract {
  constructor() {
    super('counter');
  }

  /** @returns the new count. */
  async add(context: Context, name: string, amount: string): Promise<string> {
    const next = Number(await this.read(context, name)) + Number(amount);
    if (!Number.isInteger(next)) throw new Error(`${amount} is no whole number`);
    await context.stub.putState(name, Buffer.from(String(next)));
    context.stub.setEvent('added', Buffer.from(`${name} ${amount}`));
    return String(next);
  }

  async read(context: Context, name: string): Promise<string> {
    const bytes = await context.stub.getState(name);
    return bytes.length === 0 ? '0' : Buffer.from(bytes).toString('utf8');
  }

  async whoAmI(context: Context): Promise<string> {
    return Promise.resolve(context.clientIdentity.getMSPID());
  }
}

/** Another class of the same chaincode, with a transaction before every one of its own. */
export class GreetingContract extends Contract {
  constructor() {
    super('greeting');
  }

  override async beforeTransaction(context: Context): Promise<void> {
    if (context.stub.getFunctionAndParameters().params.includes('nobody')) throw new Error('there is nobody');
    return Promise.resolve();
  }

  async hello(_context: Context, name: string): Promise<string> {
    return Promise.resolve(`hello ${name}`);
  }
}

/** What `fabric-chaincode-node` looks for in a module. */
export const contracts = [CounterContract, GreetingContract];
