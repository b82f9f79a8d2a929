import { type CodecRegistry, type LoadSchemas, NeedsRegistration, type RegistrySchema } from '../api.ts';
import type { SchemaRegistry } from './api.ts';
import { canonicalText } from './canonical.ts';
import type { MemorySchemaRegistry } from './memory-registry.ts';

/** The synchronous interface of a registry in this process. */
export function codecRegistryOf(registry: MemorySchemaRegistry): CodecRegistry {
  return {
    schemaById: (id) => registry.findById(id),
    isUnknown: (id) => registry.findById(id) === undefined,
    idOf: (subject, schema) => registry.findId(subject, schema),
    latest: (subject) => registry.findLatest(subject),
  };
}

/** Clock and delay for waiting until a registry's nodes have replicated a schema. */
export interface RegistryPatience {
  /** Monotonic time. */
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

/**
 * The pauses, in ms, between requests for a schema that is missing: its record may have arrived before the registry
 * learned of it.
 */
const PAUSES_MS = [100, 200, 400, 800, 1500];
/** The time, in ms, after which ids that were still missing after all pauses are requested again. */
const ASK_AGAIN_MS = 10_000;

/**
 * The synchronous interface of a remote registry. `load`, `loadLatest` and `register` fill its cache when a source or
 * sink is created, and when a codec threw NeedsSchema or NeedsRegistration.
 */
export class CachedCodecRegistry implements CodecRegistry {
  readonly #registry: SchemaRegistry;
  readonly #schemas = new Map<number, RegistrySchema>();
  readonly #ids = new Map<string, number>();
  /** Ids that the registry did not have, with the time of the request. They may be registered later. */
  readonly #unknown = new Map<number, number>();
  readonly #latests = new Map<string, { readonly id: number; readonly schema: RegistrySchema }>();

  readonly #patience: RegistryPatience | undefined;

  constructor(registry: SchemaRegistry, patience?: RegistryPatience) {
    this.#registry = registry;
    this.#patience = patience;
  }

  schemaById(id: number): RegistrySchema | undefined {
    return this.#schemas.get(id);
  }

  isUnknown(id: number): boolean {
    // No registry assigns such ids: the bytes are not a header.
    if (id <= 0) return true;
    const askedMs = this.#unknown.get(id);
    return askedMs !== undefined && (this.#patience === undefined || this.#patience.nowMs() - askedMs < ASK_AGAIN_MS);
  }

  idOf(subject: string, schema: RegistrySchema): number | undefined {
    return this.#ids.get(keyOf(subject, schema));
  }

  latest(subject: string): { readonly id: number; readonly schema: RegistrySchema } | undefined {
    return this.#latests.get(subject);
  }

  /** Fetches a schema with one request; undefined when the registry has none with that id. */
  async ask(id: number): Promise<RegistrySchema | undefined> {
    const schema = this.#schemas.get(id) ?? (await this.#registry.schemaById(id));
    if (schema !== undefined) {
      this.#unknown.delete(id);
      this.#schemas.set(id, schema);
    }
    return schema;
  }

  /**
   * Like `ask`, but repeats the request for a few seconds if the registry has no such schema; after that the id is
   * unknown.
   */
  async load(id: number): Promise<RegistrySchema | undefined> {
    let schema = await this.ask(id);
    if (this.#patience !== undefined && !this.#unknown.has(id)) {
      for (let i = 0; schema === undefined && i < PAUSES_MS.length; i++) {
        await this.#patience.sleep(PAUSES_MS[i]!);
        schema = await this.ask(id);
      }
    }
    if (schema === undefined) this.#unknown.set(id, this.#patience?.nowMs() ?? 0);
    return schema;
  }

  /** Like `load`, for the converters of the embedded Connect worker. */
  async fetch(id: number): Promise<void> {
    await this.load(id);
  }

  async loadLatest(subject: string): Promise<{ readonly id: number; readonly schema: RegistrySchema } | undefined> {
    const latest = await this.#registry.latest(subject);
    if (latest === undefined) return undefined;
    const schema = (await this.load(latest.id)) ?? latest.schema;
    const entry = { id: latest.id, schema };
    this.#latests.set(subject, entry);
    this.#ids.set(keyOf(subject, schema), latest.id);
    return entry;
  }

  /** Registers a writer schema, or finds it already registered. Returns its id. */
  async register(subject: string, schema: RegistrySchema): Promise<number> {
    const key = keyOf(subject, schema);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = await this.#registry.register(subject, schema);
    this.#ids.set(key, id);
    await this.load(id);
    return id;
  }
}

function keyOf(subject: string, schema: RegistrySchema): string {
  return `${subject}|${canonicalText(schema)}`;
}

/** Fills the cache with what codecs are missing. */
export function loaderOf(codecs: CachedCodecRegistry): LoadSchemas {
  return async (missing, how) => {
    if (missing instanceof NeedsRegistration) await codecs.register(missing.subject, missing.schema);
    else if (how === 'ONCE') await codecs.ask(missing.schemaId);
    else await codecs.load(missing.schemaId);
  };
}
