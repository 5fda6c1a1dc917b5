import { record } from '../api/index.js';
import { assetKind, assetKindBy } from '../ledger/index.js';

export const ANCHOR = assetKind('anchor', record.Anchor);
export const ANCHOR_VERSION = assetKindBy('anchor-version', record.AnchorVersion, ({ id, version }) => [
  id,
  String(version),
]);
export const ANCHOR_BATCH = assetKind('anchor-batch', record.AnchorBatch);
export const ACCESS = assetKind('access', record.Access);
export const ACCESS_DETAILS = assetKind('access-details', record.AccessDetails);
export const ERASURE = assetKind('erasure', record.Erasure);
