import type { z } from 'zod';
import type { DepositHolder } from './deposit-holder.js';
import { ExchangeError } from './exchange-error.js';
import {
  CONFIRM_PATH,
  ConfirmRequest,
  DEPOSIT_MAX_BYTES,
  DEPOSIT_PATH,
  DESCRIPTOR_PATH,
  DepositRequest,
  DescriptorRequest,
  RELEASE_PATH,
  REQUEST_MAX_BYTES,
  ReleaseRequest,
} from './protocol.js';
import type { RecordHolder } from './record-holder.js';

export interface Holders {
  readonly records: RecordHolder;
  readonly deposits: DepositHolder;
}

/** One request of the protocol. */
export interface ExchangeRoute {
  readonly path: string;
  readonly maxBytes: number;
  /** Before a body is read. @returns what ends it. @throws ExchangeError BUSY */
  enter(): () => void;
  /** @throws ExchangeError REQUEST_MALFORMED, or what the holder refuses with. */
  answer(organisation: string, body: unknown): Promise<object>;
}

/** Each holds its document several times over while it is sealed. */
const MAX_DEPOSITS = 4;

export function exchangeRoutes({ records, deposits }: Holders): readonly ExchangeRoute[] {
  const small = { maxBytes: REQUEST_MAX_BYTES, enter: () => () => undefined };
  return [
    { path: DESCRIPTOR_PATH, ...small, answer: checked(DescriptorRequest, records.descriptor) },
    { path: RELEASE_PATH, ...small, answer: checked(ReleaseRequest, records.release) },
    {
      path: DEPOSIT_PATH,
      maxBytes: DEPOSIT_MAX_BYTES,
      enter: atMost(MAX_DEPOSITS),
      answer: checked(DepositRequest, deposits.deposit),
    },
    { path: CONFIRM_PATH, ...small, answer: checked(ConfirmRequest, deposits.confirm) },
  ];
}

function checked<S extends z.ZodType>(
  shape: S,
  holder: (organisation: string, request: z.output<S>) => Promise<object>,
): ExchangeRoute['answer'] {
  return async (organisation, body) => {
    const asked = shape.safeParse(body);
    if (!asked.success) throw new ExchangeError('REQUEST_MALFORMED', 'the request has another form');
    return await holder(organisation, asked.data);
  };
}

function atMost(limit: number): ExchangeRoute['enter'] {
  let open = 0;
  return () => {
    if (open >= limit) throw new ExchangeError('BUSY', 'too many documents at once');
    open++;
    return () => {
      open--;
    };
  };
}
