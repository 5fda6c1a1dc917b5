import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';

const DEADLINE_MS = 2000;

/**
 * Opens a TLS connection to a port of this machine and closes it again. A gRPC client whose handshake hangs would keep
 * its process alive even when it is closed.
 * @throws Error `not reachable`, `no answer within 2 s`, or what is wrong with the certificate.
 */
export function shakeHands(port: number, rootsFile: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const host = 'localhost';
    const socket = connect({ host, port, ca: readFileSync(rootsFile), ALPNProtocols: ['h2'] });
    const timer = setTimeout(() => {
      socket.destroy(new Error(`no answer within ${DEADLINE_MS / 1000} s`));
    }, DEADLINE_MS);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.destroy();
      resolve();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(error.code === 'ECONNREFUSED' ? new Error('not reachable') : error);
    });
  });
}
