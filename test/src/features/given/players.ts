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
    private readonly consortium: Consortium,
    readonly doors: Map<string, RestDoor>,
    readonly all: Player[],
  ) {}

  static async enter(consortium: Consortium): Promise<Players> {
    const players = new Players(consortium, new Map(), []);
    for (const [organisation, users] of Object.entries(DEMO_IDENTITIES)) {
      players.doors.set(organisation, new RestDoor(await consortium.gateway(organisation)));
      for (const user of users) {
        await players.add(await consortium.identity(organisation, user), user.toLowerCase());
      }
    }
    return players;
  }

  /** Somebody else of an organisation that plays. */
  async add(identity: Identity, role: string): Promise<Player> {
    const { organisation } = identity;
    const door = this.door(organisation);
    const token = await plainToken(door, identity);
    const ask = (call: RestCall) =>
      door.ask({ ...call, headers: { authorization: `Bearer ${token}`, ...call.headers } });
    const { kind } = this.consortium.organisation(organisation);
    const player = { organisation, kind, role, identity, token, ask };
    this.all.push(player);
    return player;
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
