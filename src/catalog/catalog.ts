import { assertNever } from '../base/assert.ts';
import { SluiceError } from '../base/errors.ts';
import type { SqlType } from '../types/sql-type.ts';
import { checkDrop } from './drop-check.ts';
import type { Ddl, QueryChange } from './ddl.ts';
import type { PersistentQuery } from './query.ts';
import { kindTitle, type Source } from './source.ts';

/**
 * All streams, tables, types and persistent queries. An immutable snapshot: `apply` returns the next one, so that a
 * failed statement changes nothing and concurrent readers need no lock. Only the engine refers to the current one.
 */
export class Catalog {
  // `this` rather than the class name, which in tsc's output is an alias that is not yet set.
  static readonly EMPTY = new this(new Map(), new Map(), new Map(), new Map());

  /**
   * Streams and tables that the server itself writes. They are not listed, and a source with the same name hides them.
   */
  readonly builtIns: ReadonlyMap<string, Source>;
  /** By name, in creation order. */
  readonly sources: ReadonlyMap<string, Source>;
  readonly types: ReadonlyMap<string, SqlType>;
  /** By id, in creation order. */
  readonly queries: ReadonlyMap<string, PersistentQuery>;

  private constructor(
    sources: ReadonlyMap<string, Source>,
    types: ReadonlyMap<string, SqlType>,
    queries: ReadonlyMap<string, PersistentQuery>,
    builtIns: ReadonlyMap<string, Source>,
  ) {
    this.builtIns = builtIns;
    this.sources = sources;
    this.types = types;
    this.queries = queries;
  }

  /** A catalog with only built-in sources. */
  static withBuiltIns(sources: readonly Source[]): Catalog {
    return new Catalog(new Map(), new Map(), new Map(), new Map(sources.map((s) => [s.name, s])));
  }

  source(name: string): Source | undefined {
    return this.sources.get(name) ?? this.builtIns.get(name);
  }

  type(name: string): SqlType | undefined {
    return this.types.get(name.toUpperCase());
  }

  query(id: string): PersistentQuery | undefined {
    return this.queries.get(id);
  }

  /** The queries that read `name`. */
  readersOf(name: string): PersistentQuery[] {
    return [...this.queries.values()].filter((q) => q.sources.includes(name));
  }

  /** The queries that write `name` (for a CREATE SOURCE TABLE: the one that maintains its rows). */
  writersOf(name: string): PersistentQuery[] {
    return [...this.queries.values()].filter((q) => q.sink === name);
  }

  /** The query of the CREATE ... AS SELECT or CREATE SOURCE TABLE that created `name`. */
  createdByQuery(name: string): PersistentQuery | undefined {
    return this.writersOf(name).find((q) => q.type !== 'INSERT');
  }

  /** Streams and tables created by CREATE ... AS SELECT that read `name`. */
  dependentsOf(name: string): string[] {
    const sinks = this.readersOf(name)
      .filter((q) => q.type === 'CREATE_AS' && q.sink !== undefined)
      .map((q) => q.sink!);
    return [...new Set(sinks)];
  }

  /** The sources over a topic, in creation order. */
  sourcesOfTopic(topic: string): Source[] {
    return [...this.sources.values()].filter((s) => s.topic.name === topic);
  }

  /**
   * Returns the next snapshot.
   * @throws SluiceError REJECTED if the change is inconsistent with this snapshot
   */
  apply(change: Ddl | QueryChange): Catalog {
    switch (change.kind) {
      case 'CreateSource': {
        const existing = this.sources.get(change.source.name);
        if (existing !== undefined && !change.orReplace) {
          throw new SluiceError('REJECTED', alreadyExists(change.source, existing));
        }
        return this.#with({ sources: set(this.sources, change.source.name, change.source) });
      }
      case 'DropSource':
        return this.#drop(change.name);
      case 'AlterSource': {
        const source = this.sources.get(change.name);
        if (source === undefined) throw new SluiceError('REJECTED', `Source ${change.name} does not exist.`);
        const schema = { key: source.schema.key, value: [...source.schema.value, ...change.columns] };
        return this.#with({ sources: set(this.sources, change.name, { ...source, schema }) });
      }
      case 'RegisterType':
        return this.#with({ types: set(this.types, change.name.toUpperCase(), change.type) });
      case 'DropType':
        return this.#with({ types: without(this.types, change.name.toUpperCase()) });
      case 'AddQuery':
        return this.#with({ queries: set(this.queries, change.query.id, change.query) });
      case 'RemoveQuery':
        return this.#with({ queries: without(this.queries, change.id) });
      case 'SetQueryState': {
        const query = this.queries.get(change.id);
        if (query === undefined) throw new SluiceError('NOT_FOUND', `Unknown queryId: ${change.id}`);
        return this.#with({ queries: set(this.queries, change.id, { ...query, state: change.state }) });
      }
      default:
        return assertNever(change);
    }
  }

  /** Drops a source and the query that created it. */
  #drop(name: string): Catalog {
    if (isBuiltInSource(name, this)) throw new SluiceError('REJECTED', isBuiltIn(name));
    checkDrop(this, name);
    const maker = this.createdByQuery(name);
    return this.#with({
      sources: without(this.sources, name),
      queries: maker === undefined ? this.queries : without(this.queries, maker.id),
    });
  }

  #with(parts: Partial<Pick<Catalog, 'sources' | 'types' | 'queries'>>): Catalog {
    return new Catalog(
      parts.sources ?? this.sources,
      parts.types ?? this.types,
      parts.queries ?? this.queries,
      this.builtIns,
    );
  }
}

/** Whether a name refers to a built-in source in statements. */
export function isBuiltInSource(name: string, { sources, builtIns }: Pick<Catalog, 'sources' | 'builtIns'>): boolean {
  return !sources.has(name) && builtIns.has(name);
}

/** The error message for a statement that would change a built-in source. */
export function isBuiltIn(name: string): string {
  return `${name} is built in: the server writes it, statements read it.`;
}

/** The error message for a name that is already used. */
export function alreadyExists(wanted: Pick<Source, 'kind' | 'name'>, existing: Pick<Source, 'kind'>): string {
  return (
    `Cannot add ${wanted.kind.toLowerCase()} '${wanted.name}': ` +
    `A ${existing.kind.toLowerCase()} with the same name already exists`
  );
}

/** The error message for a source of the other kind. */
export function wrongKind(source: Source, wanted: Source['kind']): string {
  return `Incompatible data source type is ${source.kind}, but statement was DROP ${wanted}`;
}

/** The error message for a source that does not exist. */
export function doesNotExist(kind: Source['kind'], name: string): string {
  return `${kindTitle(kind)} ${name} does not exist.`;
}

function set<V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> {
  return new Map(map).set(key, value);
}

function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}
