import type { ConnectClient } from '../../connect/client/api.ts';

const REFERENCE = /\$\{secret:([^:}]+):([^}]*)\}/g;

/** A connector that refers to a key of a secret. */
export interface SecretUse {
  readonly secret: string;
  readonly key: string;
  readonly connector: string;
}

/** Who refers to which secrets, in the order of the connectors. */
export class SecretUses {
  readonly #uses: readonly SecretUse[];

  private constructor(uses: readonly SecretUse[]) {
    this.#uses = uses;
  }

  /** @throws ConnectUnreachableError */
  static async of(connect: ConnectClient | undefined): Promise<SecretUses> {
    const listing = Object.entries((await connect?.list()) ?? {});
    return new SecretUses(
      listing.flatMap(([connector, { info }]) =>
        Object.values(info?.config ?? {}).flatMap((text) =>
          [...text.matchAll(REFERENCE)].map((m) => ({ secret: m[1]!, key: m[2]!, connector })),
        ),
      ),
    );
  }

  /** The connectors that refer to a secret, or to one of its keys alone. Names that differ in case mean one. */
  connectors(secret: string, key?: string): readonly string[] {
    const uses = this.#uses.filter((use) => isSame(use.secret, secret) && (key === undefined || isSame(use.key, key)));
    return [...new Set(uses.map((use) => use.connector))];
  }

  /** The keys of a secret that connectors refer to. */
  keys(secret: string): readonly string[] {
    return [...new Set(this.#uses.filter((use) => isSame(use.secret, secret)).map((use) => use.key))];
  }
}

export function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
