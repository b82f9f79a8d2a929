import type { KeyObject, X509Certificate } from 'node:crypto';

/** What Java's `KeyStore` holds, without aliases and secret keys. Entries in the order of the file. */
export interface KeyStore {
  readonly keys: readonly PrivateKeyEntry[];
  /** Trusted certificate entries. */
  readonly trusted: readonly X509Certificate[];
}

export interface PrivateKeyEntry {
  /** The certificate of the key, then those that issued it. Never empty. */
  readonly chain: readonly X509Certificate[];
  /** @throws KeyStoreFault when the password is not the key's */
  open(password: string | undefined): KeyObject;
}

/** A store cannot be read. No password is in the message. */
export class KeyStoreFault extends Error {
  /** What the operator has to look at: the file or its password. */
  readonly blame: 'file' | 'password';

  constructor(blame: 'file' | 'password', message: string, options?: ErrorOptions) {
    super(message, options);
    this.blame = blame;
  }
}
