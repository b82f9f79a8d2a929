import { must } from '../../base/assert.ts';
import type { Env } from '../../base/env.ts';
import { SluiceError } from '../../base/errors.ts';
import type { Sealer } from '../../base/secrets/sealer.ts';
import { nearest } from '../../base/suggest.ts';
import type { Log } from '../../log/api.ts';
import { KeyedTopic } from '../../log/keyed-topic.ts';

/** The stored form of a secret: each value is encrypted for its own context. */
interface Kept {
  readonly values: Readonly<Record<string, string>>;
  /** ms since the epoch. */
  readonly changedAt: number;
}

/** A secret without its values. */
export interface SecretSummary {
  readonly name: string;
  readonly keys: readonly string[];
  readonly changedAt: number;
}

/**
 * Named settings, such as secrets, encrypted in a topic of their own that no statement and no connector may read. On
 * Kafka other servers write it too, so it is read again for each use: secrets are few, and used only when something
 * connects.
 */
export class SealedStore {
  readonly #log: Log;
  readonly #env: Env;
  readonly #noun: string;
  readonly #topic: string;
  readonly #replicas: number;
  readonly #sealer: Sealer | undefined;
  #known: KeyedTopic | undefined;

  /**
   * `noun`: what the entries are called in messages; `sealer` undefined: there is no key, and nothing can be stored.
   */
  constructor(
    { log, env }: { readonly log: Log; readonly env: Env },
    noun: string,
    topic: string,
    replicas: number,
    sealer: Sealer | undefined,
  ) {
    this.#noun = noun;
    this.#log = log;
    this.#env = env;
    this.#topic = topic;
    this.#replicas = replicas;
    this.#sealer = sealer;
  }

  /** By name. @throws SluiceError LOG_UNAVAILABLE */
  async list(): Promise<readonly SecretSummary[]> {
    const topic = await this.#read();
    return [...(topic?.keys() ?? [])]
      .toSorted()
      .map((name) => ({ name, ...kept(topic, name)! }))
      .map(({ name, values, changedAt }) => ({ name, keys: Object.keys(values).toSorted(), changedAt }));
  }

  /** The stored name: the given one, or one that differs only in case. */
  async find(name: string): Promise<string | undefined> {
    return like(name, [...((await this.#read())?.keys() ?? [])]);
  }

  /**
   * The value of a key, or a sentence when there is none.
   * @throws SluiceError CONFIG when it cannot be decrypted
   */
  async value(secret: string, key: string): Promise<{ readonly value: string } | { readonly missing: string }> {
    const topic = await this.#read();
    const names = [...(topic?.keys() ?? [])];
    const name = like(secret, names);
    if (name === undefined) {
      const near = suggestion(secret, names);
      const way =
        near === '' && this.#noun === 'secret' ? `: CREATE SECRET ${secret} WITH (${key}='…'); makes it` : near;
      return { missing: `there is no ${this.#noun} ${secret}${way}` };
    }
    const { values } = kept(topic, name)!;
    const found = like(key, Object.keys(values));
    if (found === undefined)
      return { missing: `${this.#noun} ${name} has no key ${key}${suggestion(key, Object.keys(values))}` };
    return { value: this.#key().open(must(values[found], 'value'), this.#contextOf(name, found)) };
  }

  /**
   * All values of one secret; undefined when it does not exist. @throws SluiceError CONFIG when it cannot be decrypted
   */
  async all(name: string): Promise<Readonly<Record<string, string>> | undefined> {
    const found = kept(await this.#read(), name);
    if (found === undefined) return undefined;
    const sealer = this.#key();
    return Object.fromEntries(
      Object.entries(found.values).map(([key, sealed]) => [key, sealer.open(sealed, this.#contextOf(name, key))]),
    );
  }

  /** Creates a secret, or replaces all its keys. */
  async put(name: string, values: Readonly<Record<string, string>>): Promise<void> {
    await this.#write(name, this.#sealed(name, values));
  }

  /** Changes some keys; null removes one. @throws SluiceError NOT_FOUND for an unknown key */
  async change(name: string, changes: Readonly<Record<string, string | null>>): Promise<void> {
    const before = kept(await this.#read(), name)?.values ?? {};
    const next: Record<string, string> = { ...before };
    for (const [key, value] of Object.entries(changes)) {
      const known = like(key, Object.keys(before));
      if (value === null && known === undefined)
        throw new SluiceError(
          'NOT_FOUND',
          `${this.#noun} ${name} has no key ${key}${suggestion(key, Object.keys(before))}`,
        );
      if (value === null) delete next[known!];
      else Object.assign(next, this.#sealed(name, { [known ?? key]: value }));
    }
    await this.#write(name, next);
  }

  async drop(name: string): Promise<void> {
    await this.#write(name, null);
  }

  /** @throws SluiceError CONFIG when there is no key */
  #key(): Sealer {
    if (this.#sealer !== undefined) return this.#sealer;
    throw new SluiceError('CONFIG', `There is no key to encrypt a ${this.#noun} with: secrets.key.file is not set`, {
      hint: 'Name a file of mode 0600 that every server of the service has: openssl rand -base64 32 makes a key.',
    });
  }

  #sealed(name: string, values: Readonly<Record<string, string>>): Record<string, string> {
    const sealer = this.#key();
    return Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, sealer.seal(value, this.#contextOf(name, key))]),
    );
  }

  /** The context of a sealed value: it cannot be decrypted in another place. */
  #contextOf(name: string, key: string): string {
    return JSON.stringify([this.#noun, name, key]);
  }

  async #write(name: string, values: Readonly<Record<string, string>> | null): Promise<void> {
    const topic = await KeyedTopic.open(this.#log, this.#topic, this.#replicas, this.#env);
    const row = values === null ? null : JSON.stringify({ values, changedAt: this.#env.clock.nowMs() } satisfies Kept);
    const changes = new Map([[name, row]]);
    const writer = await this.#log.createWriter({});
    try {
      topic.stage(writer, changes);
      await writer.commit();
      topic.apply(changes);
    } finally {
      await writer.close();
    }
    this.#known = topic;
  }

  /**
   * Undefined: there is no topic, and no secret. While Kafka is away, what was read before counts: nobody else can have
   * changed it there.
   * @throws SluiceError LOG_UNAVAILABLE
   */
  async #read(): Promise<KeyedTopic | undefined> {
    if (this.#known !== undefined && this.#log.kind === 'embedded') return this.#known;
    const silence = await this.#log.admin.silence?.();
    if (silence !== undefined) {
      if (this.#known === undefined) throw silence;
      return this.#known;
    }
    if ((await this.#log.admin.describeTopic(this.#topic)) === undefined) return undefined;
    this.#known = await KeyedTopic.open(this.#log, this.#topic, this.#replicas, this.#env);
    return this.#known;
  }
}

function kept(topic: KeyedTopic | undefined, name: string): Kept | undefined {
  const text = topic?.get(name);
  return text === undefined ? undefined : (JSON.parse(text) as Kept);
}

function like(name: string, among: readonly string[]): string | undefined {
  return among.includes(name) ? name : among.find((one) => one.toLowerCase() === name.toLowerCase());
}

function suggestion(name: string, among: readonly string[]): string {
  const near = nearest(name, among);
  return near === undefined ? '' : `: did you mean ${near}?`;
}
