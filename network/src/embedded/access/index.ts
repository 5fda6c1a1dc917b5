export {
  ACCESS,
  AccessError,
  checkAccess,
  noSuchChannel,
  notSatisfied,
  type Access,
} from './channel-access.js';
export { checkLocal } from './local-access.js';
