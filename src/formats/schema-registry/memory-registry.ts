import { messageOf } from '../../base/errors.ts';
import { SerialQueue } from '../../base/serial-queue.ts';
import type { RegistrySchema } from '../api.ts';
import type { CompatibilityLevel, CompatibilityResult, SchemaRegistry, SubjectVersion } from './api.ts';
import { canonicalText, storedText } from './canonical.ts';
import { compare, validate } from './compatibility.ts';
import {
  incompatible,
  invalidSchema,
  notSoftDeleted,
  schemaNotFound,
  softDeleted,
  subjectNotFound,
  versionNotFound,
  versionNotSoftDeleted,
} from './registry-errors.ts';

/** One change of the registry, stored in order and replayed at startup. Plain JSON. */
export type RegistryEvent =
  | {
      readonly type: 'schema';
      readonly subject: string;
      readonly version: number;
      readonly id: number;
      readonly schema: RegistrySchema;
    }
  | { readonly type: 'delete'; readonly subject: string; readonly version: number; readonly permanent: boolean }
  | { readonly type: 'config'; readonly subject?: string | undefined; readonly level: CompatibilityLevel | null };

/** Where the embedded registry stores its events. An append is durable when its promise resolves. */
export interface RegistryStore {
  /** @throws RegistryMovedOn if the store has other writers, and one of them has appended since `claim` */
  append(event: RegistryEvent): Promise<void>;
  /** Present if the store has other writers: all events since the last call, ours included, in order. */
  news?(): Promise<readonly RegistryEvent[]>;
  /**
   * Fences other writers: an append that they decide on their present state fails, as ours does once they have claimed
   * the store.
   */
  claim?(): Promise<void>;
}

/** Another writer changed the store first: the change must be decided again. */
export class RegistryMovedOn extends Error {}

interface Entry extends SubjectVersion {
  deleted: boolean;
}

/**
 * The longest schema text, in characters, that fits in a record of the registry's topic; it is checked before anything
 * is parsed.
 */
const SCHEMA_MAX = 1_000_000;

/**
 * A registry in this process. Ids count from 1; equal schemas share one. With a store it is the embedded, durable
 * registry.
 */
export class MemorySchemaRegistry implements SchemaRegistry {
  readonly #bySubject = new Map<string, Entry[]>();
  readonly #byId = new Map<number, RegistrySchema>();
  readonly #idByText = new Map<string, number>();
  readonly #levels = new Map<string, CompatibilityLevel>();
  #globalLevel: CompatibilityLevel;
  readonly #initialLevel: CompatibilityLevel;
  #nextId = 1;
  readonly #store: RegistryStore | undefined;
  /** Serializes changes: what was checked must still hold when it is stored. */
  readonly #changes = new SerialQueue();
  readonly #refreshes = new SerialQueue();

  constructor(
    options: {
      readonly store?: RegistryStore;
      readonly events?: Iterable<RegistryEvent>;
      readonly level?: CompatibilityLevel;
    } = {},
  ) {
    this.#store = options.store;
    this.#initialLevel = options.level ?? 'BACKWARD';
    this.#globalLevel = this.#initialLevel;
    for (const event of options.events ?? []) this.#apply(event);
  }

  /** Applies what other writers have appended to the store so far. */
  async refresh(): Promise<void> {
    const store = this.#store;
    if (store?.news === undefined) return;
    await this.#refreshes.run(async () => {
      for (const event of await store.news!()) this.#apply(event);
    });
  }

  async register(subject: string, schema: RegistrySchema): Promise<number> {
    await this.refresh();
    const wanted = this.#checked(schema);
    const known = this.#live(subject).find((entry) => canonicalText(entry.schema) === wanted);
    if (known !== undefined) return known.id;
    return await this.#exclusively(async () => {
      const text = this.#checked(schema);
      const same = this.#live(subject).find((entry) => canonicalText(entry.schema) === text);
      if (same !== undefined) return same.id;
      const result = this.#check(subject, schema);
      if (!result.compatible) throw incompatible(subject, result.messages);
      return this.#add(subject, schema, this.#idByText.get(text) ?? this.#nextId);
    });
  }

  /** Registers a schema with a given id, without a compatibility check: for imports and tests. */
  registerWithId(subject: string, schema: RegistrySchema, id: number): Promise<number> {
    return this.#exclusively(() => {
      this.#checked(schema);
      return this.#add(subject, schema, id);
    });
  }

  async lookup(subject: string, schema: RegistrySchema): Promise<SubjectVersion | undefined> {
    await this.refresh();
    const text = this.#checked(schema);
    return this.#live(subject).find((entry) => canonicalText(entry.schema) === text);
  }

  async schemaById(id: number): Promise<RegistrySchema | undefined> {
    // The schema of an id never changes.
    if (!this.#byId.has(id)) await this.refresh();
    return this.findById(id);
  }

  async latest(subject: string): Promise<SubjectVersion | undefined> {
    await this.refresh();
    return this.#live(subject).at(-1);
  }

  async version(subject: string, version: number): Promise<SubjectVersion | undefined> {
    await this.refresh();
    return this.#live(subject).find((entry) => entry.version === version);
  }

  async versions(subject: string): Promise<readonly number[] | undefined> {
    await this.refresh();
    const live = this.#live(subject);
    return live.length === 0 ? undefined : live.map((entry) => entry.version);
  }

  async subjects(includeDeleted = false): Promise<readonly string[]> {
    await this.refresh();
    return [...this.#bySubject.keys()]
      .filter((s) => (includeDeleted ? this.#bySubject.get(s)!.length > 0 : this.#live(s).length > 0))
      .sort();
  }

  /** The versions of all subjects that use a schema. */
  async usesOf(id: number): Promise<readonly SubjectVersion[]> {
    await this.refresh();
    return [...this.#bySubject.values()].flat().filter((entry) => entry.id === id && !entry.deleted);
  }

  async checkCompatibility(subject: string, schema: RegistrySchema): Promise<CompatibilityResult> {
    await this.refresh();
    this.#checked(schema);
    return this.#check(subject, schema);
  }

  /** Whether a schema is compatible with this one earlier version at the subject's level. */
  async checkAgainst(subject: string, schema: RegistrySchema, version: number): Promise<CompatibilityResult> {
    this.#checked(schema);
    const earlier = await this.version(subject, version);
    if (earlier === undefined) throw versionNotFound(version);
    return compare(this.#levelOf(subject), this.#withReferences(schema), [this.#withReferences(earlier.schema)]);
  }

  async compatibility(subject?: string): Promise<CompatibilityLevel> {
    await this.refresh();
    return this.#levelOf(subject);
  }

  /** The level set for this subject alone. */
  ownLevel(subject: string): CompatibilityLevel | undefined {
    return this.#levels.get(subject);
  }

  setCompatibility(level: CompatibilityLevel, subject?: string): Promise<void> {
    return this.#exclusively(() => this.#commit({ type: 'config', subject, level }));
  }

  /** Removes a subject's own level, or restores the global level with which the registry was created. */
  unsetCompatibility(subject?: string): Promise<void> {
    return this.#exclusively(() => this.#commit({ type: 'config', subject, level: null }));
  }

  /** All versions of a subject, including soft-deleted ones. */
  allVersions(subject: string): readonly SubjectVersion[] {
    return this.#bySubject.get(subject) ?? [];
  }

  deleteSubject(subject: string, permanent = false): Promise<readonly number[]> {
    const deleted: number[] = [];
    return this.#exclusively(async () => {
      const all = this.#bySubject.get(subject) ?? [];
      if (deleted.length > 0 && (all.length === 0 || (!permanent && all.every((entry) => entry.deleted))))
        return deleted;
      if (all.length === 0) throw subjectNotFound(subject);
      const live = all.filter((entry) => !entry.deleted);
      if (permanent && live.length > 0) throw notSoftDeleted(subject);
      if (!permanent && live.length === 0) throw softDeleted(subject);
      const versions = (permanent ? all : live).map((entry) => entry.version);
      for (const version of versions) {
        await this.#commit({ type: 'delete', subject, version, permanent });
        deleted.push(version);
      }
      return deleted;
    });
  }

  deleteVersion(subject: string, version: number, permanent = false): Promise<number> {
    return this.#exclusively(async () => {
      const all = this.#bySubject.get(subject) ?? [];
      if (all.length === 0) throw subjectNotFound(subject);
      const entry = all.find((e) => e.version === version);
      if (entry === undefined || (entry.deleted && !permanent)) throw versionNotFound(version);
      if (permanent && !entry.deleted) throw versionNotSoftDeleted(subject, version);
      await this.#commit({ type: 'delete', subject, version, permanent });
      return version;
    });
  }

  // The synchronous view, for codecs in this process.

  findById(id: number): RegistrySchema | undefined {
    const schema = this.#byId.get(id);
    return schema === undefined ? undefined : this.#withReferences(schema);
  }

  findId(subject: string, schema: RegistrySchema): number | undefined {
    const text = canonicalText(schema);
    return this.#live(subject).find((entry) => canonicalText(entry.schema) === text)?.id;
  }

  findLatest(subject: string): SubjectVersion | undefined {
    const entry = this.#live(subject).at(-1);
    return entry === undefined ? undefined : { ...entry, schema: this.#withReferences(entry.schema) };
  }

  #live(subject: string): readonly Entry[] {
    return (this.#bySubject.get(subject) ?? []).filter((entry) => !entry.deleted);
  }

  #levelOf(subject: string | undefined): CompatibilityLevel {
    return (subject === undefined ? undefined : this.#levels.get(subject)) ?? this.#globalLevel;
  }

  /** The canonical text of a valid schema. @throws SluiceError for an invalid one */
  #checked(schema: RegistrySchema): string {
    if (schema.schema.length > SCHEMA_MAX)
      throw invalidSchema(`It has ${schema.schema.length} characters, and ${SCHEMA_MAX} at most are taken`, undefined);
    try {
      const resolved = this.#withReferences(schema);
      validate(resolved);
      return canonicalText(schema);
    } catch (error) {
      throw invalidSchema(messageOf(error), error);
    }
  }

  #check(subject: string, schema: RegistrySchema): CompatibilityResult {
    const earlier = this.#live(subject).map((entry) => this.#withReferences(entry.schema));
    return compare(this.#levelOf(subject), this.#withReferences(schema), earlier);
  }

  /** Adds the texts of the schema's references, depth first. */
  #withReferences(schema: RegistrySchema): RegistrySchema {
    if (schema.references === undefined || schema.references.length === 0) return schema;
    const resolved: { name: string; schema: string }[] = [];
    const visit = (of: RegistrySchema): void => {
      for (const reference of of.references ?? []) {
        if (resolved.some((r) => r.name === reference.name)) continue;
        const versions = this.#bySubject.get(reference.subject) ?? [];
        const entry =
          reference.version === -1 ? versions.at(-1) : versions.find((e) => e.version === reference.version);
        if (entry === undefined) throw schemaNotFound(`${reference.subject} version ${reference.version}`);
        visit(entry.schema);
        resolved.push({ name: reference.name, schema: entry.schema.schema });
      }
    };
    visit(schema);
    return { ...schema, resolved };
  }

  async #add(subject: string, schema: RegistrySchema, id: number): Promise<number> {
    const version = (this.#bySubject.get(subject)?.at(-1)?.version ?? 0) + 1;
    const { references, resolved } = schema;
    const given = references === undefined || references.length === 0;
    const stored: RegistrySchema = {
      schemaType: schema.schemaType,
      schema: storedText(schema),
      ...(given ? {} : { references }),
      // Imports whose texts were included, rather than references to other subjects.
      ...(given && resolved !== undefined && resolved.length > 0 ? { resolved } : {}),
    };
    await this.#commit({ type: 'schema', subject, version, id, schema: stored });
    return id;
  }

  async #commit(event: RegistryEvent): Promise<void> {
    await this.#store?.append(event);
    if (this.#store?.news === undefined) this.#apply(event);
    else await this.refresh();
  }

  #apply(event: RegistryEvent): void {
    switch (event.type) {
      case 'schema': {
        const { subject, version, id, schema } = event;
        const entries = this.#bySubject.get(subject) ?? [];
        entries.push({ subject, version, id, schema, deleted: false });
        this.#bySubject.set(subject, entries);
        this.#byId.set(id, schema);
        const text = canonicalText(schema);
        if (!this.#idByText.has(text)) this.#idByText.set(text, id);
        this.#nextId = Math.max(this.#nextId, id + 1);
        return;
      }
      case 'delete': {
        const entries = this.#bySubject.get(event.subject) ?? [];
        if (event.permanent) {
          const left = entries.filter((entry) => entry.version !== event.version);
          if (left.length > 0) this.#bySubject.set(event.subject, left);
          else this.#bySubject.delete(event.subject);
        } else {
          for (const entry of entries) if (entry.version === event.version) entry.deleted = true;
        }
        return;
      }
      case 'config':
        if (event.subject === undefined) this.#globalLevel = event.level ?? this.#initialLevel;
        else if (event.level === null) this.#levels.delete(event.subject);
        else this.#levels.set(event.subject, event.level);
    }
  }

  #exclusively<T>(task: () => Promise<T>): Promise<T> {
    return this.#changes.run(async () => {
      for (;;) {
        await this.#store?.claim?.();
        await this.refresh();
        try {
          return await task();
        } catch (error) {
          if (!(error instanceof RegistryMovedOn)) throw error;
        }
      }
    });
  }
}
