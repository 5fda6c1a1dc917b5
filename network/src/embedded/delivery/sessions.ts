import type { Identity } from '../parts.js';

/** How soon an open stream of a revoked or expired identity is closed, where no block closes it sooner. */
const CHECK_MS = 250;

interface Session {
  readonly identity: Identity;
  revoke(): void;
}

/** The open streams, each bound to who asked for it: a revocation closes them though nothing is sent. */
export class Sessions {
  readonly #sessions = new Set<Session>();
  readonly #timer: NodeJS.Timeout;
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
    this.#timer = setInterval(() => {
      for (const session of [...this.#sessions]) if (!this.isValid(session.identity)) session.revoke();
    }, CHECK_MS);
    this.#timer.unref();
  }

  /** @returns a function that forgets the session. */
  open(identity: Identity, revoke: () => void): () => void {
    const session = { identity, revoke };
    this.#sessions.add(session);
    return () => {
      this.#sessions.delete(session);
    };
  }

  isValid(identity: Identity): boolean {
    try {
      identity.validate(this.#now());
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#sessions.clear();
  }
}
