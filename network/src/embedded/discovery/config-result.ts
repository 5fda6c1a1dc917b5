import { common, discovery, msp } from '@hyperledger/fabric-protos';

/** The MSPs and the orderers' endpoints of a channel, out of its configuration block. */
export function configResult(block: common.Block): discovery.ConfigResult {
  const root = channelGroup(block);
  const result = new discovery.ConfigResult();
  for (const part of ['Application', 'Orderer']) {
    for (const [, group] of root.getGroupsMap().get(part)?.getGroupsMap().entries() ?? []) {
      const config = mspOf(group);
      result.getMspsMap().set(config.getName(), config);
      if (part === 'Orderer') result.getOrderersMap().set(config.getName(), endpointsOf(group));
    }
  }
  return result;
}

function channelGroup(block: common.Block): common.ConfigGroup {
  const [envelope = new Uint8Array()] = block.getData()?.getDataList_asU8() ?? [];
  const payload = common.Payload.deserializeBinary(
    common.Envelope.deserializeBinary(envelope).getPayload_asU8(),
  );
  const config = common.ConfigEnvelope.deserializeBinary(payload.getData_asU8()).getConfig();
  return config?.getChannelGroup() ?? new common.ConfigGroup();
}

function valueOf(group: common.ConfigGroup, name: string): Uint8Array {
  return group.getValuesMap().get(name)?.getValue_asU8() ?? new Uint8Array();
}

function mspOf(group: common.ConfigGroup): msp.FabricMSPConfig {
  const config = msp.MSPConfig.deserializeBinary(valueOf(group, 'MSP'));
  return msp.FabricMSPConfig.deserializeBinary(config.getConfig_asU8());
}

function endpointsOf(group: common.ConfigGroup): discovery.Endpoints {
  const addresses = common.OrdererAddresses.deserializeBinary(valueOf(group, 'Endpoints')).getAddressesList();
  const endpoints = new discovery.Endpoints();
  endpoints.setEndpointList(
    addresses.map((address) => {
      const colon = address.lastIndexOf(':');
      const endpoint = new discovery.Endpoint();
      endpoint.setHost(address.slice(0, colon));
      endpoint.setPort(Number(address.slice(colon + 1)));
      return endpoint;
    }),
  );
  return endpoints;
}
