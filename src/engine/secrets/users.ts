import { must } from '../../base/assert.ts';
import { messageOf } from '../../base/errors.ts';
import type { ConnectClient } from '../../connect/client/api.ts';
import type { Services } from '../services.ts';

const REFERENCE = /\$\{secret:([^:}]+):([^}]*)\}/g;

/** Settings that refer to a key of a secret. */
interface SecretUse {
  readonly secret: string;
  readonly key: string;
  /** As in messages and statements: `OUT`, `OUT IN CLUSTER EU`, `CONNECT CLUSTER EU`. */
  readonly user: string;
  /** The connector; undefined for a cluster's login. */
  readonly connector: { readonly name: string; readonly connect: ConnectClient } | undefined;
}

/** Which objects refer to which secrets: connectors, here and in named clusters, and logins of clusters. */
export class SecretUses {
  readonly #uses: readonly SecretUse[];
  /** Why further uses may be unknown: a sentence for each Connect that does not answer. */
  readonly unknown: readonly string[];

  private constructor(uses: readonly SecretUse[], unknown: readonly string[]) {
    this.#uses = uses;
    this.unknown = unknown;
  }

  static async of({ connect, clusters }: Services): Promise<SecretUses> {
    const named = await clusters.all();
    const places = [
      { connect, suffix: '' },
      ...named.map(({ name, client }) => ({ connect: client, suffix: ` IN CLUSTER ${name}` })),
    ];
    const unknown: string[] = [];
    const byPlace = await Promise.all(
      places.map(async ({ connect: client, suffix }) => {
        try {
          return await usesIn(client, suffix);
        } catch (error) {
          unknown.push(`Connect${suffix} does not say who uses secrets: ${messageOf(error)}`);
          return [];
        }
      }),
    );
    const logins = named.flatMap(({ name, settings }) =>
      keysIn(settings).map((key) => ({ ...key, user: `CONNECT CLUSTER ${name}`, connector: undefined })),
    );
    return new SecretUses([...byPlace.flat(), ...logins], unknown);
  }

  /** The users of a secret, or of one of its keys. Names are compared ignoring case. */
  users(secret: string, key?: string): readonly string[] {
    return [...new Set(this.#of(secret, key).map((use) => use.user))];
  }

  /** The keys of a secret to which something refers. */
  keys(secret: string): readonly string[] {
    return [...new Set(this.#of(secret).map((use) => use.key))];
  }

  /** Lets connectors use the new values of a secret. @returns those that restarted, named as in `users` */
  async reload(secret: string): Promise<readonly string[]> {
    const uses = this.#of(secret);
    const done: string[] = [];
    for (const connect of new Set(uses.map((use) => use.connector?.connect))) {
      if (connect === undefined) continue;
      const here = uses.filter((use) => use.connector?.connect === connect);
      const names = [...new Set(here.map((use) => use.connector!.name))];
      const reloaded = (await (connect.embedded ?? connect.references)?.reload(names)) ?? [];
      done.push(...here.filter((use) => reloaded.includes(use.connector!.name)).map((use) => use.user));
    }
    return [...new Set(done)];
  }

  #of(secret: string, key?: string): readonly SecretUse[] {
    return this.#uses.filter((use) => isSame(use.secret, secret) && (key === undefined || isSame(use.key, key)));
  }
}

/** A cluster that resolves references itself does not use these secrets. */
async function usesIn(connect: ConnectClient | undefined, suffix: string): Promise<readonly SecretUse[]> {
  if (connect === undefined) return [];
  if (connect.embedded === undefined && connect.references?.providers.includes('secret') !== true) return [];
  return Object.entries(await connect.list()).flatMap(([name, { info }]) =>
    keysIn(info?.config ?? {}).map((key) => ({ ...key, user: name + suffix, connector: { name, connect } })),
  );
}

function keysIn(settings: Readonly<Record<string, string>>): { readonly secret: string; readonly key: string }[] {
  return Object.values(settings).flatMap((text) =>
    [...text.matchAll(REFERENCE)].map((m) => ({
      secret: must(m[1], 'group 1 of the match'),
      key: must(m[2], 'group 2 of the match'),
    })),
  );
}

export function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
