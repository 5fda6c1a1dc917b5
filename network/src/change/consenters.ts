import { common, orderer } from '@hyperledger/fabric-protos';
import type { Consenter } from '../embedded/channel/index.js';
import { consenterOf } from '../embedded/channel/index.js';
import { ORDERER_ORGANISATION } from '../channel-update/index.js';

const { etcdraft } = orderer;

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
export function consenterRemoved(place: { readonly host: string; readonly port: number }) {
  return (root: common.ConfigGroup): void => {
    changeConsenters(root, (consenters) => consenters.filter((one) => !isAt(one, place)));
    changeEndpoints(root, (all) => all.filter((one) => one !== `${place.host}:${place.port}`));
  };
}

function changeConsenters(
  root: common.ConfigGroup,
  change: (consenters: orderer.etcdraft.Consenter[]) => orderer.etcdraft.Consenter[],
): void {
  const value = ordererGroup(root).getValuesMap().get('ConsensusType');
  if (value === undefined) throw new Error('the configuration names no consensus');
  const type = orderer.ConsensusType.deserializeBinary(value.getValue_asU8());
  const metadata = etcdraft.ConfigMetadata.deserializeBinary(type.getMetadata_asU8());
  metadata.setConsentersList(change(metadata.getConsentersList()));
  type.setMetadata(metadata.serializeBinary());
  value.setValue(type.serializeBinary());
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

function isAt(
  consenter: orderer.etcdraft.Consenter,
  { host, port }: { readonly host: string; readonly port: number },
): boolean {
  return consenter.getHost() === host && consenter.getPort() === port;
}
