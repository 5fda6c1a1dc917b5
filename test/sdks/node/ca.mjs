/*
 * A client of Fabric CA that does what the Node package can, and prints one JSON line for each promise that it tried.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import FabricCaServices from 'fabric-ca-client';
import { User } from 'fabric-common';

const { CA_URL, CA_NAME, TLS_ROOT, MSP_ID, CERTIFICATE, PRIVATE_KEY } = process.env;
const read = (file) => readFileSync(file, 'utf8');
const ca = new FabricCaServices(CA_URL, { trustedRoots: [read(TLS_ROOT)], verify: true }, CA_NAME);
const registrar = await userOf('Admin', read(PRIVATE_KEY), read(CERTIFICATE));
// So that the client can run twice on an authority.
const id = `node-${Date.now()}`;

async function userOf(name, key, certificate) {
  const user = User.createUser(name, '', MSP_ID, certificate, key);
  await user.setEnrollment(user.getCryptoSuite().createKeyFromRaw(key), certificate, MSP_ID);
  return user;
}

function expect(kept, otherwise) {
  if (!kept) throw new Error(otherwise);
}

let person;
const promises = {
  'registers and enrols': async () => {
    const attrs = [{ name: 'colour', value: 'red', ecert: true }];
    const secret = await ca.register(
      { enrollmentID: id, role: 'client', attrs, maxEnrollments: -1 },
      registrar,
    );
    const { key, certificate, rootCertificate } = await ca.enroll({
      enrollmentID: id,
      enrollmentSecret: secret,
    });
    const issuer = new X509Certificate(rootCertificate);
    expect(
      new X509Certificate(certificate).verify(issuer.publicKey),
      'the certificate is another authority’s',
    );
    person = await userOf(id, key.toBytes(), certificate);
  },
  'renews a certificate': async () => {
    const { certificate } = await ca.reenroll(person);
    expect(new X509Certificate(certificate).subject.includes(`CN=${id}`), 'the name is another');
  },
  'lists, adds, changes identities and is refused their removal': async () => {
    const service = ca.newIdentityService();
    const { result } = await service.getOne(id, registrar);
    expect(
      result.attrs.some(({ name, value }) => name === 'colour' && value === 'red'),
      'an attribute is gone',
    );
    const added = `${id}-added`;
    const given = { enrollmentID: added, type: 'client', affiliation: 'department' };
    await service.create(given, registrar);
    const changed = await service.update(added, { attrs: [{ name: 'size', value: 'big' }] }, registrar);
    expect(
      changed.result.attrs.some(({ name }) => name === 'size'),
      'the change is not there',
    );
    const all = await service.getAll(registrar);
    expect(
      all.result.identities.some((one) => one.id === added),
      'the list does not have it',
    );
    const refused = await service.delete(added, registrar).then(
      () => '',
      ({ message }) => message,
    );
    expect(refused.includes('Identity removal is disabled'), `removal ended with '${refused}'`);
  },
  'lists certificates': async () => {
    const { result } = await ca.newCertificateService().getCertificates({ id }, registrar);
    expect(result.certs.length === 2, `there are ${result.certs.length}`);
  },
  'revokes, and gets the list of what is revoked': async () => {
    await ca.revoke({ enrollmentID: id, reason: 'keycompromise' }, registrar);
    const list = await ca.generateCRL({}, registrar);
    expect(Buffer.from(list, 'base64').toString().includes('X509 CRL'), 'no list');
    const refused = await ca.reenroll(person).then(
      () => '',
      ({ message }) => message,
    );
    expect(refused.includes('Authentication failure'), `a revoked one was told '${refused}'`);
  },
};

for (const [promise, attempt] of Object.entries(promises)) {
  let error;
  try {
    await attempt();
  } catch (cause) {
    error = String(cause.stack ?? cause);
  }
  console.log(JSON.stringify({ promise, error }));
}
