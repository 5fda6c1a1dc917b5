export {
  AccessError,
  checkAccess,
  noSuchChannel,
  notSatisfied,
  ORDER_POLICY,
  type Access,
} from './channel-access.js';
export { checkLocal } from './local-access.js';
