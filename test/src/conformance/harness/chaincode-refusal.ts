import { contractOf } from './clients.js';
import { refusal } from './refusals.js';
import { SINGLE } from './standing-chaincodes.js';

const single = contractOf(SINGLE);

/** What the chaincode was told, as the endorsing peer words it. */
export async function chaincodeRefusal(name: string, ...args: string[]): Promise<string> {
  const { message } = await refusal(single.evaluateTransaction(name, ...args));
  return message
    .replace('evaluate call to endorser returned error: chaincode response 500, ', '')
    .replace(/transaction ID: [0-9a-f]{64}/, 'transaction ID: <id>')
    .replace(/txid \[[0-9a-f]{64}\]/, 'txid [<id>]');
}
