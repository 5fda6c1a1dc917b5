import { baseEnvironment, config } from '../config.js';

/** These lines say that a node serves: they are written at whatever level. */
const READY_LOGGERS = 'nodeCmd=info:orderer.common.server=info';

/** The environment of a node or a command of Fabric's whose configuration lies in that folder. */
export function nodeEnvironment(folder: string): NodeJS.ProcessEnv {
  return {
    ...baseEnvironment(),
    FABRIC_CFG_PATH: folder,
    FABRIC_LOGGING_SPEC: `${level(config.logLevel)}:${READY_LOGGERS}`,
    FABRIC_LOGGING_FORMAT: '%{time:2006-01-02T15:04:05.000Z07:00} %{level:.4s} [%{module}] %{message}',
  };
}

/** Fabric knows fewer levels than our own programs. */
function level(name: string): string {
  if (name === 'trace') return 'debug';
  return ['debug', 'info', 'warn', 'error', 'fatal'].includes(name) ? name : 'fatal';
}
