import { common } from '@hyperledger/fabric-protos';
import type { Consenter } from '../embedded/channel/index.js';
import { consenterOf } from '../embedded/channel/index.js';
import { changeConsenters, isAt, ORDERER_ORGANISATION, type OrdererPlace } from '../channel-update/index.js';

/** Puts an orderer into a channel's Raft cluster, and into the list by which others find orderers. */
export function consenterAdded(consenter: Consenter): (root: common.ConfigGroup) => void {
  return (root) => {
    changeConsenters(root, (consenters) =>
      consenters.some((one) => isAt(one, consenter)) ? consenters : [...consenters, consenterOf(consenter)],
    );
    const endpoint = `${consenter.host}:${consenter.port}`;
    changeEndpoints(root, (all) => (all.includes(endpoint) ? all : [...all, endpoint]));
  };
}

/** Takes it out of both. */
export function consenterRemoved(place: OrdererPlace) {
  return (root: common.ConfigGroup): void => {
    changeConsenters(root, (consenters) => consenters.filter((one) => !isAt(one, place)));
    changeEndpoints(root, (all) => all.filter((one) => one !== `${place.host}:${place.port}`));
  };
}

function changeEndpoints(root: common.ConfigGroup, change: (all: string[]) => string[]): void {
  const value = ordererGroup(root).getGroupsMap().get(ORDERER_ORGANISATION)?.getValuesMap().get('Endpoints');
  if (value === undefined) throw new Error(`the configuration has no endpoints of ${ORDERER_ORGANISATION}`);
  const addresses = common.OrdererAddresses.deserializeBinary(value.getValue_asU8());
  addresses.setAddressesList(change(addresses.getAddressesList()));
  value.setValue(addresses.serializeBinary());
}

function ordererGroup(root: common.ConfigGroup): common.ConfigGroup {
  const group = root.getGroupsMap().get('Orderer');
  if (group === undefined) throw new Error('the configuration has no orderers');
  return group;
}
