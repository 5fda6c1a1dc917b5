import './provider.js';
import { Extension, type X509Certificate } from '@peculiar/x509';

/** Fabric CA's extension for attributes; the value is JSON text, not wrapped in ASN.1. */
export const ATTRIBUTE_EXTENSION = '1.2.3.4.5.6.7.8.1';

export type Attributes = Readonly<Record<string, string>>;

export function attributeExtension(attributes: Attributes): Extension {
  return new Extension(ATTRIBUTE_EXTENSION, false, Buffer.from(JSON.stringify({ attrs: attributes })));
}

/** @returns no attributes where the certificate has no such extension, or one that cannot be read. */
export function readAttributes(certificate: X509Certificate): Attributes {
  const extension = certificate.getExtension(ATTRIBUTE_EXTENSION);
  if (extension === null) return {};
  try {
    const { attrs } = JSON.parse(Buffer.from(extension.value).toString('utf8')) as { attrs?: unknown };
    if (typeof attrs !== 'object' || attrs === null) return {};
    return Object.fromEntries(Object.entries(attrs).filter(([, value]) => typeof value === 'string'));
  } catch {
    return {};
  }
}
