import type { z } from 'zod';
import type { CaReason } from '../ca-error.js';
import type { CertificateAuthority } from '../certificate-authority.js';
import type { TokenCaller } from '../token.js';
import { listAffiliations, refuseAffiliation } from './affiliations.js';
import { listCertificates } from './certificates.js';
import { enroll, reenroll } from './enrolment.js';
import { addIdentity, getIdentity, listIdentities, modifyIdentity, removeIdentity } from './identities.js';
import { EnrollRequest, GenCrlRequest, ModifyRequest, RegisterRequest, RevokeRequest } from './messages.js';
import { cainfo, gencrl, register, revoke } from './operations.js';

/** One request, as an endpoint sees it: who asks is found out, and the body read, only where it is asked for. */
export interface CaCall {
  readonly authority: CertificateAuthority;
  /** What stands for `:id` in the path. */
  readonly id: string;
  readonly query: unknown;
  /** @throws CaError of `verifyToken` */
  caller(): TokenCaller;
  /** The id and secret of basic authorisation. */
  credentials(): { readonly id: string; readonly secret: string };
  /** @throws CaError of `readBody`, and CA_NOT_FOUND where it names another authority */
  body<T>(schema: z.ZodType<T>): T;
}

export interface CaEndpoint {
  readonly status: 200 | 201;
  readonly work: (call: CaCall) => unknown;
}

type Method = 'get' | 'post' | 'put' | 'delete';

/** Fabric CA's REST API: path, methods, status of success, and what is done. */
export const ROUTES: Readonly<Record<string, Partial<Record<Method, CaEndpoint>>>> = {
  cainfo: { get: ok(({ authority }) => cainfo(authority)), post: ok(({ authority }) => cainfo(authority)) },
  enroll: {
    post: created((call) => {
      const credentials = call.credentials();
      return enroll(call.authority, credentials, call.body(EnrollRequest));
    }),
  },
  reenroll: { post: created(signed(EnrollRequest, reenroll)) },
  register: { post: created(signed(RegisterRequest, register)) },
  revoke: { post: ok(signed(RevokeRequest, revoke)) },
  gencrl: { post: ok(signed(GenCrlRequest, gencrl)) },
  identities: {
    get: ok((call) => listIdentities(call.authority, call.caller())),
    post: created(signed(RegisterRequest, addIdentity)),
  },
  'identities/:id': {
    get: ok((call) => getIdentity(call.authority, call.caller(), call.id)),
    put: ok((call) => {
      const caller = call.caller();
      return modifyIdentity(call.authority, caller, call.id, call.body(ModifyRequest));
    }),
    delete: ok((call) => removeIdentity(call.authority, call.caller())),
  },
  affiliations: {
    get: ok((call) => listAffiliations(call.authority, call.caller())),
    post: refused('AFFILIATION_ADD_DISABLED'),
  },
  'affiliations/:id': {
    get: ok((call) => listAffiliations(call.authority, call.caller(), call.id)),
    put: refused('AFFILIATION_CHANGE_DISABLED'),
    delete: refused('AFFILIATION_REMOVAL_DISABLED'),
  },
  certificates: { get: ok((call) => listCertificates(call.authority, call.caller(), call.query)) },
};

function ok(work: CaEndpoint['work']): CaEndpoint {
  return { status: 200, work };
}

function created(work: CaEndpoint['work']): CaEndpoint {
  return { status: 201, work };
}

function signed<T>(
  schema: z.ZodType<T>,
  work: (authority: CertificateAuthority, caller: TokenCaller, input: T) => unknown,
): CaEndpoint['work'] {
  return (call) => {
    const caller = call.caller();
    return work(call.authority, caller, call.body(schema));
  };
}

function refused(reason: CaReason): CaEndpoint {
  return ok((call) => refuseAffiliation(call.caller(), reason));
}
