import type { components } from './http/openapi.gen.js';

/** The shapes that the API document names. */
export type Schemas = components['schemas'];
