import { type Consortium, type Identity } from '../../consortium/index.js';
import type { ApiOperation } from './api-document.js';
import { type RestAnswer, type RestCall, RestDoor } from './rest-call.js';
import { plainToken } from './token.js';

const DEMO_IDENTITIES = {
  'hospital-a': ['Admin', 'doctor', 'clerk', 'billing', 'auditor', 'gateway'],
  'hospital-b': ['Admin', 'doctor', 'clerk', 'billing'],
  'lab-a': ['technician', 'clerk', 'billing'],
  'insurer-a': ['Admin', 'adjuster', 'clerk', 'auditor'],
};

/** A demo identity with a plain token at its own gateway. */
export interface Player {
  organisation: string;
  kind: string;
  role: string;
  identity: Identity;
  token: string;
  ask: (call: RestCall) => Promise<RestAnswer>;
}

/** Everybody of the default topology, each role at least once, with gateways to ask. */
export class Players {
  private constructor(
    readonly doors: Map<string, RestDoor>,
    readonly all: Player[],
  ) {}

  static async enter(consortium: Consortium): Promise<Players> {
    const doors = new Map<string, RestDoor>();
    const all: Player[] = [];
    for (const [organisation, users] of Object.entries(DEMO_IDENTITIES)) {
      const door = new RestDoor(await consortium.gateway(organisation));
      doors.set(organisation, door);
      const { kind } = consortium.organisation(organisation);
      for (const user of users) {
        const identity = await consortium.identity(organisation, user);
        const token = await plainToken(door, identity);
        const ask = (call: RestCall) =>
          door.ask({ ...call, headers: { authorization: `Bearer ${token}`, ...call.headers } });
        all.push({ organisation, kind, role: user.toLowerCase(), identity, token, ask });
      }
    }
    return new Players(doors, all);
  }

  door(organisation: string): RestDoor {
    const door = this.doors.get(organisation);
    if (!door) throw new Error(`nobody of ${organisation} plays`);
    return door;
  }

  /** Who gets past role and kind; at an operation without login everybody. */
  allowed({ roles, kinds }: ApiOperation): Player[] {
    return this.all.filter(
      ({ role, kind }) =>
        (roles.length === 0 || roles.includes(role)) && (kinds.length === 0 || kinds.includes(kind)),
    );
  }

  close(): void {
    for (const door of this.doors.values()) door.close();
  }
}
