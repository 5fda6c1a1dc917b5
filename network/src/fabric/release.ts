import { join } from 'node:path';

/** The release of Fabric that this engine is made for. */
export const FABRIC_VERSION = '3.1.5';
/** Where the Fabric project publishes its releases. */
export const OFFICIAL_RELEASES = 'https://github.com/hyperledger/fabric/releases/download';

/** SHA-256 of the official archives, by platform. */
const ARCHIVES: Readonly<Record<string, string>> = {
  'linux-amd64': 'b9c31fd490991e76f8acb1835dee09fc19fee5428cb13e190ee6e0bdd2c37858',
  'linux-arm64': '4a42cad740a7e0373eda6bf1e27c86e9b06132f9bb751daf7f0f7dc1d1bbfed9',
  'darwin-amd64': '866b64b036ba9eff51ba2131bbe34b4b9057192f5766859ede22ea1cdd564158',
  'darwin-arm64': 'd67a5c3366746a984f8ee9ae0ebf5c8b357c9d33dd589fa0b7668d739472cef0',
};

/** This machine as Fabric's archives name it: `linux-amd64`. */
export function platformName(platform: string = process.platform, arch: string = process.arch): string {
  return `${platform}-${arch === 'x64' ? 'amd64' : arch}`;
}

/** Undefined where none is known. */
export function pinnedHash(platform: string): string | undefined {
  return ARCHIVES[platform];
}

/** @param base `OFFICIAL_RELEASES`, or a mirror of it. */
export function archiveUrl(base: string, platform: string): string {
  const name = `hyperledger-fabric-${platform}-${FABRIC_VERSION}.tar.gz`;
  return `${base.replace(/\/+$/, '')}/v${FABRIC_VERSION}/${name}`;
}

/** Where an unpacked release is kept: holds `bin` and `builders`. */
export function releaseFolder(cache: string): string {
  return join(cache, 'medaccord', 'fabric', FABRIC_VERSION);
}
