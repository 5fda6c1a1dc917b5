import { common, orderer, peer } from '@hyperledger/fabric-protos';
import type { NetworkNode } from '../network.js';
import { connection } from './clients.js';

export interface BroadcastAnswer {
  /** Name of the status: `SUCCESS`. */
  readonly status: string;
  readonly info: string;
}

const STATUS_NAMES = new Map<number, string>(
  Object.entries(common.Status).map(([name, status]) => [status, name]),
);

export function statusName(status: number): string {
  return STATUS_NAMES.get(status) ?? String(status);
}

/**
 * Sends envelopes to an orderer on one stream, each after the answer to the one before.
 * @returns the answers; fewer where the orderer ends the stream.
 */
export async function broadcast(
  node: NetworkNode,
  envelopes: readonly common.Envelope[],
): Promise<BroadcastAnswer[]> {
  const { path, requestSerialize, responseDeserialize } = orderer.AtomicBroadcastService.broadcast;
  const stream = connection(node).makeBidiStreamRequest(path, requestSerialize, responseDeserialize, {
    deadline: Date.now() + 15_000,
  });
  const answers: BroadcastAnswer[] = [];
  return new Promise((resolve, reject) => {
    const next = (): void => {
      const envelope = envelopes[answers.length];
      if (envelope === undefined) stream.end();
      else stream.write(envelope);
    };
    stream.on('data', (response: orderer.BroadcastResponse) => {
      answers.push({ status: statusName(response.getStatus()), info: response.getInfo() });
      next();
    });
    stream.on('end', () => {
      resolve(answers);
    });
    stream.on('error', reject);
    next();
  });
}

/** One peer's own answer to a proposal. */
export async function processProposal(
  node: NetworkNode,
  proposal: peer.SignedProposal,
): Promise<peer.ProposalResponse> {
  const { path, requestSerialize, responseDeserialize } = peer.EndorserService.processProposal;
  return new Promise((resolve, reject) => {
    connection(node).makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      proposal,
      { deadline: Date.now() + 15_000 },
      (error, response?: peer.ProposalResponse) => {
        if (error === null && response !== undefined) resolve(response);
        else reject(error ?? new Error('no answer'));
      },
    );
  });
}
