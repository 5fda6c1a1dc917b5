import { setTimeout as wait } from 'node:timers/promises';
import type { Contract } from '@hyperledger/fabric-gateway';
import { peer } from '@hyperledger/fabric-protos';
import { NetworkUser } from '../../consortium/index.js';
import { newId } from '../../features/given/ids.js';

const PAUSE_MS = 60;

/** A client that goes on submitting while a network is changed, and remembers what it was told. */
export class PractitionerLoad {
  readonly #user: NetworkUser;
  readonly #contract: Contract;
  readonly #acknowledged: string[] = [];
  readonly #refused: string[] = [];
  #isStopped = false;
  readonly #done: Promise<void>;

  private constructor(user: NetworkUser, contract: Contract) {
    this.#user = user;
    this.#contract = contract;
    this.#done = this.#run();
  }

  /** By an organisation's admin, at its peer. */
  static async start(home: string, organisation: string, channel = 'care'): Promise<PractitionerLoad> {
    const user = await NetworkUser.connect(home, organisation, 'Admin');
    return new PractitionerLoad(user, user.gateway.getNetwork(channel).getContract('medaccord'));
  }

  /** Transactions that were told to be valid so far. */
  get count(): number {
    return this.#acknowledged.length;
  }

  /** Why transactions were refused; a client would send them again. */
  get refused(): readonly string[] {
    return this.#refused;
  }

  /** Resolves when so many more were told to be valid. @throws Error where that takes over a minute. */
  async goesOn(more = 3): Promise<void> {
    const enough = this.count + more;
    for (const deadline = Date.now() + 60_000; this.count < enough; await wait(20)) {
      if (Date.now() > deadline) {
        throw new Error(
          `only ${this.count} of ${enough} came through: ${this.#refused.slice(-3).join('; ')}`,
        );
      }
    }
  }

  /** Stops, and looks for everything that it was told. @returns what is not on the ledger. */
  async stop(): Promise<string[]> {
    this.#isStopped = true;
    await this.#done;
    const lost: string[] = [];
    for (const id of this.#acknowledged) {
      const found = await this.#contract
        .evaluate('directory:getPractitioner', { arguments: [JSON.stringify({ id })] })
        .catch(() => undefined);
      if (found === undefined) lost.push(id);
    }
    this.#user.close();
    return lost;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const id = newId();
      const input = { evidenceHash: newId() + newId(), id, role: 'nurse' };
      try {
        const submitted = await this.#contract.submitAsync('directory:requestPractitioner', {
          arguments: [JSON.stringify(input)],
        });
        const { code } = await submitted.getStatus();
        if (code === peer.TxValidationCode.VALID) this.#acknowledged.push(id);
        else this.#refused.push(`validation code ${String(code)}`);
      } catch (error) {
        this.#refused.push(error instanceof Error ? error.message : String(error));
      }
      await wait(PAUSE_MS);
    }
  }
}
