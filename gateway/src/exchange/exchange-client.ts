import { createHash } from 'node:crypto';
import { compactDecrypt, exportJWK, generateKeyPair } from 'jose';
import { PublicJwk, record as shapes } from '@medaccord/chaincode/api';
import { Problem } from '../errors.js';
import { isSealOf, openDocument } from '../vault/index.js';
import { CustodianConnections, type ExchangeClientOptions } from './custodian-connections.js';
import {
  CONFIRM_PATH,
  ConfirmAnswer,
  DEPOSIT_PATH,
  DESCRIPTOR_PATH,
  DepositAnswer,
  DescriptorAnswer,
  RELEASE_PATH,
  ReleaseAnswer,
  ReleasedKey,
  type ConfirmRequest,
  type DepositRequest,
  type DescriptorRequest,
} from './protocol.js';

/** A reader's or author's side of an exchange: it believes a custodian only what the ledger's hashes say. */
export interface ExchangeClient {
  /** @throws Problem: the custodian's refusal, or CUSTODIAN_UNREACHABLE, or CUSTODIAN_REFUSED. */
  descriptor(custodian: string, request: DescriptorRequest): Promise<DescriptorAnswer>;
  /**
   * The document of a described record, after its access event was committed.
   * @throws Problem as above; ANCHOR_MISMATCH where what came is not what the ledger has.
   */
  release(
    custodian: string,
    described: DescriptorAnswer,
    access: { event: string; transaction: string },
  ): Promise<{ mediaType: string; data: Buffer }>;
  /**
   * Leaves a record with another custodian, for its author to anchor. Repeating it is harmless.
   * @returns the leaf, which was checked to be of this very document and meta.
   * @throws Problem as above; ANCHOR_MISMATCH where the custodian sealed something else.
   */
  deposit(request: DepositRequest): Promise<{ leaf: shapes.Leaf; leafHash: string }>;
  /** Tells the custodian which transaction anchored the deposit. @throws Problem as above. */
  confirm(custodian: string, request: ConfirmRequest): Promise<ConfirmAnswer>;
  close(): void;
}

export function exchangeClient(options: ExchangeClientOptions): ExchangeClient {
  return new HttpsExchangeClient(options);
}

class HttpsExchangeClient implements ExchangeClient {
  readonly #connections: CustodianConnections;

  constructor(options: ExchangeClientOptions) {
    this.#connections = new CustodianConnections(options);
  }

  async descriptor(custodian: string, request: DescriptorRequest): Promise<DescriptorAnswer> {
    const answer = DescriptorAnswer.safeParse(
      await this.#connections.post(custodian, DESCRIPTOR_PATH, request),
    );
    if (!answer.success) throw new Problem('CUSTODIAN_REFUSED', 'the custodian answered in another form');
    const { leaf, meta, metaSalt } = answer.data;
    const asked = leaf.record === request.record && leaf.version === (request.version ?? leaf.version);
    const bound = shapes.metaHash(meta, metaSalt) === leaf.metaHash && meta.record === leaf.record;
    if (!asked || !bound || leaf.custodian !== custodian || meta.custodian !== custodian) {
      throw new Problem('ANCHOR_MISMATCH', 'the custodian described another record');
    }
    return answer.data;
  }

  async release(
    custodian: string,
    described: DescriptorAnswer,
    access: { event: string; transaction: string },
  ) {
    const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256' });
    const recipient = PublicJwk.parse(await exportJWK(publicKey));
    const answer = ReleaseAnswer.safeParse(
      await this.#connections.post(custodian, RELEASE_PATH, { ...access, recipient }),
    );
    if (!answer.success) throw new Problem('CUSTODIAN_REFUSED', 'the custodian answered in another form');
    const block = Buffer.from(answer.data.block, 'base64');
    if (createHash('sha256').update(block).digest('hex') !== described.leaf.contentHash) {
      throw new Problem('ANCHOR_MISMATCH', 'the block is not the one that the ledger has the hash of');
    }
    try {
      const { plaintext } = await compactDecrypt(answer.data.key, privateKey, {
        keyManagementAlgorithms: ['ECDH-ES'],
        contentEncryptionAlgorithms: ['A256GCM'],
      });
      const released = ReleasedKey.parse(JSON.parse(Buffer.from(plaintext).toString('utf8')));
      if (released.event !== access.event || released.leaf !== shapes.leafHash(described.leaf)) {
        throw new RangeError('the key is of another release');
      }
      const { patient, record } = described.meta;
      const binding = { patient, record, version: described.leaf.version };
      return openDocument(block, Buffer.from(released.key, 'base64url'), binding, described.leaf.capsuleHash);
    } catch (cause) {
      throw new Problem('ANCHOR_MISMATCH', 'the released key does not open the block', { cause });
    }
  }

  async deposit(request: DepositRequest): Promise<{ leaf: shapes.Leaf; leafHash: string }> {
    const { meta, metaSalt, document, version } = request;
    const answer = DepositAnswer.safeParse(
      await this.#connections.post(meta.custodian, DEPOSIT_PATH, request),
    );
    if (!answer.success) throw new Problem('CUSTODIAN_REFUSED', 'the custodian answered in another form');
    const { leaf, key, nonce } = answer.data;
    const binding = { patient: meta.patient, record: meta.record, version: leaf.version };
    const sealed = { mediaType: document.mediaType, data: Buffer.from(document.data, 'base64') };
    const secrets = { key: Buffer.from(key, 'base64url'), nonce: Buffer.from(nonce, 'base64url') };
    const isAsked =
      leaf.record === meta.record &&
      leaf.custodian === meta.custodian &&
      leaf.version === (version ?? leaf.version) &&
      leaf.metaHash === shapes.metaHash(meta, metaSalt);
    // The author signs the leaf: it must be of what the author wrote.
    if (!isAsked || !isSealOf(leaf, sealed, binding, secrets)) {
      throw new Problem('ANCHOR_MISMATCH', 'the custodian sealed something else');
    }
    return { leaf, leafHash: shapes.leafHash(leaf) };
  }

  async confirm(custodian: string, request: ConfirmRequest): Promise<ConfirmAnswer> {
    const answer = ConfirmAnswer.safeParse(await this.#connections.post(custodian, CONFIRM_PATH, request));
    if (answer.success) return answer.data;
    throw new Problem('CUSTODIAN_REFUSED', 'the custodian answered in another form');
  }

  close(): void {
    this.#connections.close();
  }
}
