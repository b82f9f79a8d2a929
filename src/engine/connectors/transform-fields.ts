import { commaList } from '../../base/comma-list.ts';
import { must } from '../../base/assert.ts';
import { nearest } from '../../base/suggest.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { ConnectClient, ConnectorConfig, TopicSchema } from '../../connect/client/api.ts';
import { formatBareName } from '../../sql/printer/names.ts';
import { doubtsText } from '../../types/datetime-doubts.ts';
import { sinkSource, sinkTopics } from './sink-sources.ts';
import type { SettingProblem } from './unknown-settings.ts';

type SideName = 'Key' | 'Value';

/** The fields of a topic's records, by side, as their converter names them; undefined if they are unknown. */
type Fields = Readonly<Record<SideName, readonly string[] | undefined>>;

interface Transform {
  readonly alias: string;
  /** The class name without its package and side. */
  readonly name: string;
  readonly type: string;
  readonly side: SideName;
  setting(name: string): string | undefined;
}

/**
 * Fields that are named by transforms and missing in the records of a sink's topics, according to the streams and
 * tables over them: one sentence each. The fields are followed through the chain until a transform is of an unknown
 * class. Also reports time patterns whose letters probably do not have the intended meaning.
 */
export function transformNotes(connector: string, config: ConnectorConfig, catalog: Catalog): readonly string[] {
  const topics = sinkTopics(config).map((topic) => ({ topic, fields: fieldsOf(topic, config, catalog) }));
  return [
    ...new Set([
      ...transformsOf(config).flatMap(patternDoubts),
      ...misnamed(config, topics).map((one) => noteOf(one, connector)),
    ]),
  ];
}

/**
 * The fields at which a task is sure to fail, since the records are known: those that a sink reads by the columns of
 * its sources, and those of a source's tables.
 * @param written the tables' topics and columns before any transform; of a sink, undefined
 */
export function transformProblems(
  config: ConnectorConfig,
  catalog: Catalog,
  written: readonly TopicSchema[] | undefined,
): readonly SettingProblem[] {
  // Records at which a transform fails are left out.
  if (config['errors.tolerance'] === 'all') return [];
  const readsColumns = config['value.converter.sources'] !== undefined;
  const topics =
    written?.map(({ topic, key, value, bareValue }) => ({
      topic,
      fields: {
        // A key of one column may be no struct.
        Key: key.length > 1 ? key.map((c) => c.name) : undefined,
        // A source of rows repeats its key in the value. What has no schema, or one text for a value, tells nothing.
        Value:
          bareValue === true || value.length === 0 || (value.length === 1 && value[0]?.name === 'value')
            ? undefined
            : [...new Set([...key, ...value].map((c) => c.name))],
      },
    })) ??
    (readsColumns ? sinkTopics(config).map((topic) => ({ topic, fields: fieldsOf(topic, config, catalog) })) : []);
  const seen = new Map<string, SettingProblem>();
  for (const one of misnamed(config, topics)) {
    if (!one.stops || one.isConditional) continue;
    const { key, value, what } = one;
    if (!seen.has(what)) seen.set(what, { key, text: `${key} - ${what}. ${one.cure}'${key}'='${value}'` });
  }
  return [...seen.values()];
}

/** Whether transforms name fields. */
function namesFields(config: ConnectorConfig): boolean {
  return transformsOf(config).some(({ name }) => Object.hasOwn(NAMING, name));
}

/** What a source would write if it had no transforms; nothing where none names a field, or it cannot be known. */
export async function untransformed(
  name: string,
  config: ConnectorConfig,
  { embedded }: ConnectClient,
): Promise<readonly TopicSchema[]> {
  if (embedded === undefined || !namesFields(config)) return [];
  const plain = Object.fromEntries(Object.entries(config).filter(([key]) => !/^(?:transforms|predicates)\b/.test(key)));
  // What hinders it is told when the connector starts.
  const seen = await embedded.preview(name, plain).catch(() => undefined);
  return seen?.topics.map(({ declaration }) => declaration) ?? [];
}

/** A field that a transform names and the records of a topic do not have. */
interface Misnamed {
  /** The setting, and the value that it should have. */
  readonly key: string;
  readonly value: string;
  /** What it names, and what lacks that. */
  readonly what: string;
  /** The beginning of a sentence that ends with the setting. */
  readonly cure: string;
  /** Whether the task fails. */
  readonly stops: boolean;
  /** Whether a predicate may leave the records out. */
  readonly isConditional: boolean;
}

function misnamed(
  config: ConnectorConfig,
  topics: readonly { readonly topic: string; readonly fields: Fields | undefined }[],
): readonly Misnamed[] {
  const chain = transformsOf(config);
  return topics.flatMap(({ topic, fields: all }) => {
    const found: Misnamed[] = [];
    let fields = all;
    for (const transform of chain) {
      if (fields === undefined) break;
      const missing = missingFields(transform, fields, topic);
      found.push(...missing);
      // What comes of a record behind a transform at which the task fails is nobody's concern.
      fields = missing.some((one) => one.stops) ? undefined : after(transform, fields);
    }
    return found;
  });
}

function noteOf({ key, value, what, cure, stops }: Misnamed, connector: string): string {
  const name = formatBareName(connector);
  return `${what.startsWith("'") ? '' : `'${key}' `}${what}: ${stops ? STOPS : 'it has no effect'}. ${cure}ALTER CONNECTOR ${name} SET ('${key}'='${value}');`;
}

const STOPS = 'the task fails at the first record';

/** Whether a note says that the task fails, so that its failure need not be reported again. */
export function stopsTask(note: string): boolean {
  return note.includes(STOPS);
}

function transformsOf(config: ConnectorConfig): readonly Transform[] {
  return commaList(config['transforms']).map((alias) => {
    const type = config[`transforms.${alias}.type`] ?? '';
    const [name = '', side] = (type.split('.').at(-1) ?? '').split('$');
    return {
      alias,
      name,
      type,
      side: side === 'Key' ? 'Key' : 'Value',
      setting: (key) => config[`transforms.${alias}.${key}`],
    };
  });
}

/** Undefined if there is no source over the topic, or several with different fields. */
function fieldsOf(topic: string, config: ConnectorConfig, catalog: Catalog): Fields | undefined {
  const [source, ...others] = catalog.sourcesOfTopic(topic);
  if (source === undefined) return undefined;
  const isLower = config['value.converter.names.case'] === 'lower';
  const shown = (name: string): string => (isLower ? name.toLowerCase() : name);
  const value = new Set([source, ...others].flatMap((s) => sinkSource(s).value.map((c) => shown(c.name))));
  const key = sinkSource(source).key.map((c) => shown(c.name));
  // A single key column without a wrapper is not a struct, unless the sink names it.
  const isNamed = key.length > 1 || config['record.key.columns'] === 'true';
  return { Key: isNamed ? key : undefined, Value: [...value] };
}

/** Settings of a transform that name fields. */
interface Naming {
  /** The setting, and its older name. */
  readonly keys: readonly string[];
  /** When the task fails because of missing fields: if any is missing, if all are missing, or never. */
  readonly fails: 'any' | 'all' | 'never';
  /** Whether an entry is a pair, such as old:new, whose first part is a field. */
  readonly pairs?: true;
}

const NAMING: Readonly<Record<string, readonly Naming[]>> = {
  MaskField: [{ keys: ['fields'], fails: 'all' }],
  ReplaceField: [
    { keys: ['exclude', 'blacklist'], fails: 'never' },
    { keys: ['include', 'whitelist'], fails: 'all' },
    { keys: ['renames'], fails: 'all', pairs: true },
  ],
  Cast: [{ keys: ['spec'], fails: 'all', pairs: true }],
  TimestampConverter: [{ keys: ['field'], fails: 'any' }],
  ExtractField: [{ keys: ['field'], fails: 'any' }],
  ValueToKey: [{ keys: ['fields'], fails: 'any' }],
  HeaderFrom: [{ keys: ['fields'], fails: 'never' }],
};

const includes = (names: readonly string[] | undefined, field: string): boolean =>
  names?.some((name) => name.toLowerCase() === field.toLowerCase()) === true;

function missingFields(transform: Transform, fields: Fields, topic: string): readonly Misnamed[] {
  const { alias, name, type, side, setting } = transform;
  const known = fields[side];
  if (known === undefined || setting('field.syntax.version')?.toUpperCase() === 'V2') return [];
  const isConditional = setting('predicate') !== undefined;
  return (NAMING[name] ?? []).flatMap(({ keys, fails, pairs }) => {
    const key = keys.find((k) => setting(k) !== undefined);
    if (key === undefined) return [];
    // Cast's spec may be a type alone, such as `int64`, for the whole value.
    const entries = commaList(setting(key)).filter((entry) => pairs === undefined || entry.includes(':'));
    const fieldOf = (entry: string): string => (pairs === undefined ? entry : must(entry.split(':')[0], 'field'));
    const missing = entries.filter((entry) => !includes(known, fieldOf(entry)));
    const stops = fails === 'any' || (fails === 'all' && missing.length === entries.length);
    return missing.map((entry) => {
      const field = fieldOf(entry);
      const one = {
        key: `transforms.${alias}.${key}`,
        what: `names ${field}, which the ${side.toLowerCase()}s of topic ${topic} do not have`,
        stops,
        isConditional,
      };
      const other: SideName = side === 'Key' ? 'Value' : 'Key';
      if (includes(fields[other], field) && type.endsWith(`$${side}`))
        return {
          ...one,
          key: `transforms.${alias}.type`,
          what: `'transforms.${alias}.${key}' ${one.what}`,
          value: type.replace(/\$\w+$/, () => `$${other}`),
          cure: `It is a field of the ${other.toLowerCase()}: `,
        };
      const near = nearest(field, known);
      const meant = near === undefined ? '…' : entries.map((e) => (e === entry ? e.replace(field, near) : e)).join(',');
      return {
        ...one,
        value: meant,
        cure: `${near === undefined ? '' : `Did you mean ${near}? `}Their fields are ${known.join(', ')}: `,
      };
    });
  });
}

/** The fields after a transform; undefined if they are unknown. */
function after({ name, side, setting }: Transform, fields: Fields): Fields | undefined {
  const known = fields[side];
  const having = (names: readonly string[] | undefined): Fields => ({ ...fields, [side]: names });
  if (setting('predicate') !== undefined) return undefined;
  switch (name) {
    case 'MaskField':
    case 'Cast':
    case 'TimestampConverter':
    case 'HeaderFrom':
    case 'InsertHeader':
    case 'DropHeaders':
    case 'SetSchemaMetadata':
    case 'RegexRouter':
    case 'TimestampRouter':
    case 'Filter':
      return fields;
    case 'ReplaceField': {
      const out = new Set(commaList(setting('exclude') ?? setting('blacklist')).map((f) => f.toLowerCase()));
      const kept = commaList(setting('include') ?? setting('whitelist')).map((f) => f.toLowerCase());
      const renames = new Map(commaList(setting('renames')).map((pair) => pair.split(':') as [string, string]));
      return having(
        known
          ?.filter((f) => !out.has(f.toLowerCase()) && (kept.length === 0 || kept.includes(f.toLowerCase())))
          .map((f) => renames.get(f) ?? f),
      );
    }
    case 'InsertField': {
      const added = ['topic.field', 'partition.field', 'offset.field', 'timestamp.field', 'static.field'];
      return having(known && [...known, ...added.flatMap((key) => commaList(setting(key)?.replace(/[!?]$/, '')))]);
    }
    case 'ValueToKey':
      return { ...fields, Key: commaList(setting('fields')) };
    case 'HoistField':
      return having(commaList(setting('field')));
    case 'ExtractField':
      return having(undefined);
    default:
      return undefined;
  }
}

/** `format='YYYY-MM-dd'` of a TimestampConverter: YYYY is the week year. */
function patternDoubts({ alias, name, setting }: Transform): readonly string[] {
  const format = name === 'TimestampConverter' ? setting('format') : undefined;
  const doubts = format === undefined ? undefined : doubtsText(`'transforms.${alias}.format'='${format}'`, format);
  return doubts === undefined ? [] : [doubts].flat();
}
