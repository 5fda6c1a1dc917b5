import type { Identity } from '../parts.js';

/** How soon an open stream of a revoked or expired identity is closed, where no block closes it sooner. */
const CHECK_MS = 250;

interface Session {
  readonly identity: Identity;
  readonly heedsExpiry: boolean;
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
      for (const session of [...this.#sessions]) {
        if (!this.isValid(session.identity, session.heedsExpiry)) session.revoke();
      }
    }, CHECK_MS);
    this.#timer.unref();
  }

  /**
   * @param heedsExpiry Whether the stream ends with its asker's certificate, as those of the delivery service do.
   * @returns a function that forgets the session.
   */
  open(identity: Identity, revoke: () => void, heedsExpiry = true): () => void {
    const session = { identity, revoke, heedsExpiry };
    this.#sessions.add(session);
    return () => {
      this.#sessions.delete(session);
    };
  }

  isValid(identity: Identity, heedsExpiry = true): boolean {
    try {
      identity.validate(heedsExpiry ? this.#now() : undefined);
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
