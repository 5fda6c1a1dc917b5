import { readFileSync } from 'node:fs';

export type Audience = 'everybody' | 'care' | 'the pair' | 'the issuer';

const DOCUMENT = new URL('../../../../docs/privacy.md', import.meta.url);
const ROW = /^\| (?<asset>[a-z-]+) +\| (?<fields>[\w, ]+?) +\| (?<who>[a-z ]+?) *\|$/;

/** What docs/privacy.md says, by `asset.field`. */
export function promisedAudiences(): Map<string, Audience> {
  const promised = new Map<string, Audience>();
  for (const text of readFileSync(DOCUMENT, 'utf8').split('\n')) {
    const { asset, fields, who } = ROW.exec(text)?.groups ?? {};
    if (asset === undefined || asset === 'asset') continue;
    for (const field of fields?.split(', ') ?? []) promised.set(`${asset}.${field}`, who as Audience);
  }
  return promised;
}
