import { directory } from '../api/index.js';
import { assetKind, assetKindBy } from './asset-kind.js';

/** There is one; its key has the type word alone. */
export const CONSORTIUM = assetKindBy('consortium', directory.Consortium, () => []);
export const PRACTITIONER = assetKind('practitioner', directory.Practitioner);
