export { runStore, type RunStore, type RunStoreOptions } from './run-store.js';
