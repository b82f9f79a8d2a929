import type { KeyObject, X509Certificate } from 'node:crypto';

/** The contents of Java's `KeyStore`, without aliases and secret keys. Entries are in the order of the file. */
export interface KeyStore {
  readonly keys: readonly PrivateKeyEntry[];
  /** Trusted certificate entries. */
  readonly trusted: readonly X509Certificate[];
}

/** A private key, which may be encrypted, with its certificate chain. */
export interface PrivateKeyEntry {
  /** The certificate of the key, followed by those of its issuers. Never empty. */
  readonly chain: readonly X509Certificate[];
  /** @throws KeyStoreFault when the password is not that of the key */
  open(password: string | undefined): KeyObject;
}

/** A store cannot be read. The message does not contain a password. */
export class KeyStoreFault extends Error {
  /** What the operator has to check: the file or its password. */
  readonly blame: 'file' | 'password';

  constructor(blame: 'file' | 'password', message: string, options?: ErrorOptions) {
    super(message, options);
    this.blame = blame;
  }
}
