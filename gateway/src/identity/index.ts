export { checkHolder, normalSerial, thumbprint, type Holder, type Revocations } from './certificate.js';
export { derFromP1363, signLowS } from './low-s.js';
export { caRevocations } from './revocation-list.js';
export { WalletError, openWallet, type Wallet, type WalletIdentity } from './wallet.js';
