import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createRequire } from 'node:module';
import type Forge from 'node-forge';
import { KeyStoreFault, type KeyStore } from './key-store.ts';

/**
 * The attribute by which Java tells a trusted certificate from one that only belongs to a chain (OpenJDK's
 * PKCS12KeyStore).
 */
const TRUSTED_KEY_USAGE = '2.16.840.1.113894.746875.1.1';

/**
 * Reads a PKCS #12 store (RFC 7292) as Java does: AES (PBES2), or the 3DES and RC2 of older writers, which Node's
 * OpenSSL refuses. A store of plain certificates, as `openssl pkcs12 -nokeys` writes it, counts as one of trusted
 * certificates.
 * @throws KeyStoreFault
 */
export function readPkcs12(bytes: Buffer, password: string | undefined): KeyStore {
  const forge = loadForge();
  const keys: KeyObject[] = [];
  const marked: X509Certificate[] = [];
  const plain: X509Certificate[] = [];
  for (const bag of bagsOf(forge, bytes, password)) {
    if (bag.type === forge.pki.oids['certBag']) {
      const der = bag.cert ? forge.pki.certificateToAsn1(bag.cert) : bag.asn1;
      const certificate = new X509Certificate(bytesOf(forge, der));
      ((bag.attributes as Record<string, unknown>)['trustedKeyUsage'] === undefined ? plain : marked).push(certificate);
    } else {
      // Only RSA keys are known to the library; of others it hands out the PKCS #8 structure.
      const info = bag.key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(bag.key)) : bag.asn1;
      keys.push(createPrivateKey({ key: bytesOf(forge, info), format: 'der', type: 'pkcs8' }));
    }
  }
  const entries = keys.flatMap((key) => {
    const own = [...plain, ...marked].find((certificate) => certificate.checkPrivateKey(key));
    return own ? [{ chain: chainFrom(own, [...plain, ...marked]), open: () => key }] : [];
  });
  return { keys: entries, trusted: keys.length === 0 && marked.length === 0 ? plain : marked };
}

function bagsOf(forge: typeof Forge, bytes: Buffer, password: string | undefined): Forge.pkcs12.Bag[] {
  let outer: Forge.asn1.Asn1;
  try {
    outer = forge.asn1.fromDer(bytes.toString('binary'));
  } catch (cause) {
    throw new KeyStoreFault('file', 'not a PKCS #12 store', { cause });
  }
  try {
    return forge.pkcs12.pkcs12FromAsn1(outer, true, password).safeContents.flatMap(({ safeBags }) => safeBags);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : '';
    if (message.includes('not an PKCS#12')) throw new KeyStoreFault('file', 'not a PKCS #12 store', { cause });
    if (password === undefined) throw new KeyStoreFault('password', 'the store needs its password', { cause });
    if (/decrypt/i.test(message) && /[^\x20-\x7e]/.test(password))
      throw new KeyStoreFault('password', 'the store is not read with it; use a password of ASCII characters', {
        cause,
      });
    if (/decrypt|invalid password/i.test(message))
      throw new KeyStoreFault('password', 'the password is wrong', { cause });
    throw new KeyStoreFault('file', `the PKCS #12 store cannot be read (${message})`, { cause });
  }
}

/** From a certificate to its issuers as far as the store has them. */
function chainFrom(own: X509Certificate, all: readonly X509Certificate[]): X509Certificate[] {
  const chain = [own];
  for (;;) {
    const last = chain.at(-1)!;
    const issuer = all.find((other) => last.checkIssued(other) && !chain.some((known) => known.raw.equals(other.raw)));
    if (!issuer) return chain;
    chain.push(issuer);
  }
}

function bytesOf(forge: typeof Forge, value: Forge.asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(value).getBytes(), 'binary');
}

/** Loaded with the first PKCS #12 store: most servers have none, and it costs 30 ms. */
function loadForge(): typeof Forge {
  const forge = createRequire(import.meta.url)('node-forge') as typeof Forge;
  // The library keeps only attributes of which it knows a name.
  forge.pki.oids[TRUSTED_KEY_USAGE] = 'trustedKeyUsage';
  return forge;
}
