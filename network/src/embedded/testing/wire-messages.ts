import { peer } from '@hyperledger/fabric-protos';
import fc from 'fast-check';
import { expect } from 'vitest';

/** As the library gives bytes back, so that they can be compared. */
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const bytes = () => fc.uint8Array({ maxLength: 40 });
export const text = () => fc.string({ unit: 'grapheme', maxLength: 12 });
export const long = () => fc.oneof(fc.nat(), fc.maxSafeNat());

/** Fields that nobody knows, of every wire type: before and behind what is known. */
const unknown = fc.constantFrom(
  '',
  '980601', // 99, varint
  '9906' + '01'.repeat(8),
  '9a0603616263',
  '9b0608019c06', // a group with a field
  '9d0601020304',
);

/** A message by the classes, what they read of it, and what is read here. */
export function same<T extends { serializeBinary(): Uint8Array }>(
  arbitrary: fc.Arbitrary<T>,
  read: (bytes: Uint8Array) => unknown,
  expected: (message: T) => unknown,
): void {
  fc.assert(
    fc.property(arbitrary, unknown, unknown, (message, before, behind) => {
      const plain = message.serializeBinary();
      const whole = Buffer.concat([Buffer.from(before, 'hex'), plain, Buffer.from(behind, 'hex')]);
      expect(plainOf(read(whole))).toEqual(plainOf(expected(message)));
      expect(plainOf(read(Uint8Array.from(whole)))).toEqual(plainOf(expected(message)));
    }),
  );
}

/** Bytes as text, wherever they are. */
export function plainOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, of]) => [key, plainOf(of)]));
  if (Array.isArray(value)) return value.map(plainOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      // Where a message keeps its own bytes, they are compared as what they hold.
      .filter(([name, of]) => of !== undefined && !(name === 'bytes' && of instanceof Uint8Array))
      .map(([name, of]) => [name, plainOf(of)]),
  );
}

export const set = <T extends object>(message: T, fill: (message: T) => void): T => {
  fill(message);
  return message;
};
export const chaincodeIds = fc.record({ name: text(), version: text() }).map(({ name, version }) =>
  set(new peer.ChaincodeID(), (id) => {
    id.setName(name);
    id.setVersion(version);
  }),
);
export const inputs = fc
  .record({ args: fc.array(bytes()), isInit: fc.boolean(), decoration: fc.option(bytes()) })
  .map(({ args, isInit, decoration }) =>
    set(new peer.ChaincodeInput(), (input) => {
      input.setArgsList(args);
      input.setIsInit(isInit);
      if (decoration !== null) input.getDecorationsMap().set('d', decoration);
    }),
  );
export const responses = fc
  .record({ status: fc.integer(), message: text(), payload: bytes() })
  .map(({ status, message, payload }) =>
    set(new peer.Response(), (response) => {
      response.setStatus(status);
      response.setMessage(message);
      response.setPayload(payload);
    }),
  );
export const endorsements = fc
  .record({ endorser: bytes(), signature: bytes() })
  .map(({ endorser, signature }) =>
    set(new peer.Endorsement(), (endorsement) => {
      endorsement.setEndorser(endorser);
      endorsement.setSignature(signature);
    }),
  );
export const plainInput = (input: peer.ChaincodeInput | undefined) =>
  input && {
    args: input.getArgsList_asU8(),
    isInit: input.getIsInit(),
    hasDecorations: input.getDecorationsMap().getLength() > 0,
  };
export const plainId = (id: peer.ChaincodeID | undefined) =>
  id && { name: id.getName(), version: id.getVersion() };
export const plainResponse = (response: peer.Response) => ({
  status: response.getStatus(),
  message: response.getMessage(),
  payload: response.getPayload_asU8(),
});
