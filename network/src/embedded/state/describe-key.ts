import { HEIGHT_BYTES, readHeight } from './keys.js';

/** What an entry of the state database is, in words, for who has to look into a difference. */
export function describeKey(key: Buffer): string {
  const kind = key.subarray(0, 1).toString();
  const rest = key.subarray(1);
  switch (kind) {
    case 's':
      return `the value of ${named(rest, 1)}`;
    case 'h':
      return `the hash of ${hashed(rest, rest.length)}`;
    case 'p':
      return `the private value of ${named(rest, 2)}`;
    case 'k':
      return `the name of ${hashed(rest, rest.length)}`;
    case 'v':
    case 'e':
      return `the place of ${hashed(rest, rest.length - HEIGHT_BYTES)}`;
    case 'x':
      return `the end of ${hashed(rest.subarray(6), rest.length - 6)}`;
    case 'y':
      return `the history of ${history(rest)}`;
    case 't':
      return `transaction ${rest.toString()}`;
    case 'b':
      return `the place of block ${String(rest.readUIntBE(0, 6))}`;
    case 'B':
      return `the block of hash ${rest.toString('hex')}`;
    default:
      return rest.subarray(0, rest.indexOf(0)).toString() || key.toString('hex');
  }
}

/** So many names, each with a zero byte behind it, then a key. */
function named(bytes: Buffer, names: number): string {
  const parts: string[] = [];
  let from = 0;
  for (let i = 0; i < names; i += 1) {
    const end = bytes.indexOf(0, from);
    parts.push(bytes.subarray(from, end).toString());
    from = end + 1;
  }
  return `key ${JSON.stringify(bytes.subarray(from).toString())} of ${parts.join(', collection ')}`;
}

function hashed(bytes: Buffer, end: number): string {
  const first = bytes.indexOf(0);
  const second = bytes.indexOf(0, first + 1);
  const names = [bytes.subarray(0, first), bytes.subarray(first + 1, second)];
  return `key hash ${bytes.subarray(second + 1, end).toString('hex')} of ${names.join(', collection ')}`;
}

function history(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  const key = bytes.subarray(end + 5, bytes.length - HEIGHT_BYTES);
  const { block } = readHeight(bytes, bytes.length - HEIGHT_BYTES);
  return `key ${JSON.stringify(key.toString())} of ${bytes.subarray(0, end).toString()} at block ${String(block)}`;
}
