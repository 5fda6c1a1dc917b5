import { canonicalJson } from '@medaccord/chaincode/api';
import type { Consortium } from '../consortium/index.js';
import { NetworkUser } from '../consortium/index.js';
import { batchInput } from './batches.js';
import { AUTHOR, ORGANISATION } from './bench-consortium.js';
import type { Way } from './way.js';

/** What a developer has who follows the library's documentation. */
export async function sdkWay({ home, topology }: Consortium): Promise<Way> {
  const user = await NetworkUser.connect(home, ORGANISATION, AUTHOR);
  const contract = user.gateway.getNetwork(topology.channel).getContract(topology.chaincode.name);
  return {
    name: 'sdk',
    async submit() {
      await contract.submit('record:anchorBatch', { arguments: [canonicalJson(batchInput())] });
    },
    close: () => {
      user.close();
    },
  };
}
