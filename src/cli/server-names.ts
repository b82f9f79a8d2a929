import type { Clock } from '../base/env.ts';
import type { Entity } from '../wire/entities.ts';
import type { SluiceClient } from '../client/sluice-client.ts';
import { fieldsOf, listOf, textOf } from './render/fields.ts';
import { quoteName } from '../sql/printer/names.ts';

/** How long names are cached, in ms: completion must be fast, but also offer what was created a moment ago. */
const FRESH_MS = 3000;
/** Prefix of short names in the cache. */
const SHORT = 'short ';

/** The kinds of names that completion asks the server for. */
export type NameKind =
  | 'streams'
  | 'tables'
  | 'sources'
  | 'topics'
  | 'connectors'
  | 'queries'
  | 'functions'
  | 'types'
  | 'secrets'
  | 'properties'
  | 'plugins'
  | 'connector names';

/** The names that the server knows, for completion; empty when the server does not respond. */
export class ServerNames {
  readonly #client: () => SluiceClient;
  readonly #clock: Clock;
  readonly #cache = new Map<string, { readonly at: number; readonly names: Promise<readonly string[]> }>();

  constructor(client: () => SluiceClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  async of(kind: NameKind): Promise<readonly string[]> {
    if (kind === 'sources') return [...(await this.of('streams')), ...(await this.of('tables'))];
    const { statement, read } = LISTS[kind];
    return await this.#ask(statement, read, kind);
  }

  /**
   * The settings of a connector class, or of `connector='name'`; with `short`, including the names of the short form.
   */
  async configs(className: string, short: boolean): Promise<readonly string[]> {
    const all = await this.#describedConfigs(className);
    return all.flatMap((name) => (name.startsWith(SHORT) ? (short ? [name.slice(SHORT.length)] : []) : [name]));
  }

  /** Only the short names; empty for a class without short names. */
  async shortConfigs(className: string): Promise<readonly string[]> {
    const all = await this.#describedConfigs(className);
    return all.flatMap((name) => (name.startsWith(SHORT) ? [name.slice(SHORT.length)] : []));
  }

  /** The settings of a class; short names are marked. */
  async #describedConfigs(className: string): Promise<readonly string[]> {
    if (!/^[\w.$-]+$/.test(className)) return [];
    return await this.#ask(`DESCRIBE CONNECTOR PLUGIN ${quoteName(className)};`, (e) => [
      ...listOf(fieldsOf(e['shortForm'])['keys']).map((k) => `${SHORT}${textOf(k['name'])}`),
      ...listOf(e['configs']).map((c) => textOf(c['name'])),
    ]);
  }

  /** The class of a connector, whose name is as written; undefined when the connector does not exist. */
  async classOf(connector: string): Promise<string | undefined> {
    const [className = ''] = await this.#ask(`DESCRIBE CONNECTOR ${connector};`, (e) => [textOf(e['connectorClass'])]);
    return className === '' ? undefined : className;
  }

  /** The columns of a stream or table, whose name is as written. */
  async columns(source: string): Promise<readonly string[]> {
    return await this.#ask(`DESCRIBE ${source};`, (e) =>
      listOf(fieldsOf(e['sourceDescription'])['fields']).map((f) => textOf(f['name'])),
    );
  }

  #ask(statement: string, read: (entity: Entity) => readonly string[], what = statement): Promise<readonly string[]> {
    const now = this.#clock.monotonicMs();
    const known = this.#cache.get(what);
    if (known && now - known.at < FRESH_MS) return known.names;
    const names = this.#client()
      .execute(statement)
      .then(
        (entities) => entities.flatMap(read),
        () => [],
      );
    this.#cache.set(what, { at: now, names });
    return names;
  }
}

const named =
  (field: string) =>
  (entity: Entity): readonly string[] =>
    listOf(entity[field]).map((item) => textOf(item['name']));

const LISTS: Readonly<
  Record<
    Exclude<NameKind, 'sources'>,
    { readonly statement: string; readonly read: (entity: Entity) => readonly string[] }
  >
> = {
  streams: { statement: 'SHOW STREAMS;', read: named('streams') },
  tables: { statement: 'SHOW TABLES;', read: named('tables') },
  topics: { statement: 'SHOW TOPICS;', read: named('topics') },
  connectors: { statement: 'SHOW CONNECTORS;', read: named('connectors') },
  queries: { statement: 'SHOW QUERIES;', read: (e) => listOf(e['queries']).map((q) => textOf(q['id'])) },
  functions: { statement: 'SHOW FUNCTIONS;', read: named('functions') },
  secrets: { statement: 'SHOW SECRETS;', read: named('secrets') },
  types: { statement: 'SHOW TYPES;', read: (e) => Object.keys(fieldsOf(e['types'])) },
  properties: {
    statement: 'SHOW PROPERTIES;',
    // Settings of queries are set by their own name, without the prefix that they have in the server's configuration
    // file.
    read: (e) => named('properties')(e).flatMap((name) => [name.replace(/^ksql\.streams\./, ''), name]),
  },
  'connector names': {
    statement: 'SHOW CONNECTOR PLUGINS;',
    read: (e) =>
      listOf(e['connectorsPlugins']).flatMap((p) => (textOf(p['shortName']) === '' ? [] : [textOf(p['shortName'])])),
  },
  plugins: {
    statement: 'SHOW CONNECTOR PLUGINS;',
    read: (e) => listOf(e['connectorsPlugins']).map((p) => textOf(p['className'])),
  },
};
