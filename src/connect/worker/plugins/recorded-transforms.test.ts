import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../../base/byte-writer.ts';
import type { ConnectHeader, ConnectRecord } from '../../api/record.ts';
import { arrayOf, primitive, type ConnectSchema } from '../../api/schema.ts';
import { jsonConverter } from '../../converters/json.ts';
import { PREDICATES, TRANSFORMS } from '../../transforms/registry.ts';
import { testEnv } from '../../../../test/support/env.ts';

/*
 * Compares our transforms with the Java transforms, whose results for the same records are recorded in
 * test/data/transforms (by test/support/transforms/record.ts).
 */
interface RecordText {
  readonly topic: string;
  readonly key: unknown;
  readonly value: unknown;
  readonly timestamp?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}
interface Case {
  readonly transform: string;
  readonly config: Readonly<Record<string, string>>;
  readonly record: string;
  readonly answer: { readonly error?: string; readonly record?: unknown };
}
interface Recorded {
  readonly records: Readonly<Record<string, RecordText>>;
  readonly cases: readonly Case[];
}

const FOLDER = new URL('../../../../test/data/transforms/', import.meta.url);
const withSchema = jsonConverter.create({ 'schemas.enable': 'true', 'replace.null.with.default': 'false' }, false);
const without = jsonConverter.create({ 'schemas.enable': 'false' }, false);

const isEnvelope = (node: unknown): boolean =>
  typeof node === 'object' && node !== null && Object.keys(node).join(',') === 'schema,payload';

function read(node: unknown): { readonly schema: ConnectSchema | null; readonly value: unknown } {
  if (node === null || node === undefined) return { schema: null, value: null };
  return (isEnvelope(node) ? withSchema : without).decode('t', Buffer.from(JSON.stringify(node)));
}

function written(schema: ConnectSchema | null, value: unknown): unknown {
  const out = new ByteWriter(64);
  const has = (schema === null ? without : withSchema).encoder('t', schema)(value, out);
  return has ? JSON.parse(out.view().toString()) : null;
}

function recordOf({ topic, key, value, timestamp, headers }: RecordText): ConnectRecord {
  const [k, v] = [read(key), read(value)];
  return {
    topic,
    keySchema: k.schema,
    key: k.value,
    valueSchema: v.schema,
    value: v.value,
    timestamp,
    headers: Object.entries(headers ?? {}).map(([name, text]): ConnectHeader => ({
      key: name,
      schema: typeof text === 'string' ? primitive('STRING', false) : arrayOf(primitive('STRING', false), false),
      value: text,
    })),
  };
}

function outcome({ transform, config, record }: Case, records: Recorded['records']): Case['answer'] {
  let stage = 'configure';
  try {
    const plugin = TRANSFORMS.find((t) => t.className === transform);
    if (plugin === undefined) throw new Error(`There is no ${transform}`);
    const { apply } = plugin.create(config, testEnv().clock);
    stage = 'apply';
    const made = apply(recordOf(records[record]!));
    if (made === null) return { record: null };
    return {
      record: {
        topic: made.topic,
        key: written(made.keySchema, made.key),
        value: written(made.valueSchema, made.value),
        ...(made.timestamp !== undefined && { timestamp: made.timestamp }),
        headers: (made.headers ?? []).map((h) => ({ key: h.key, value: written(h.schema, h.value) })),
      },
    };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { error: stage };
  }
}

/** Java's recordings contain no type for an empty list or map. */
const UNTYPED = ['[]', '{}'];

describe.each(readdirSync(FOLDER))('%s', (file) => {
  const { records, cases } = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Recorded;
  const typed = cases.filter((c) => !UNTYPED.includes(c.config['value.literal'] ?? ''));
  test.each(typed.map((c) => [`${JSON.stringify(c.config)} on ${c.record}`, c] as const))('%s', (_, one) => {
    expect(outcome(one, records)).toEqual(one.answer);
  });
});

interface RecordedOption {
  readonly name: string;
  readonly type: string;
  /** Absent: the setting is required. */
  readonly default?: string | null;
}
const OPTIONS = JSON.parse(
  readFileSync(new URL('../../../../test/data/transform-options.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, readonly RecordedOption[]>>;

/** The variants for keys and for values are one transform with two names. */
const family = (className: string): string => className.replace(/\$(?:Key|Value)$/, '');
const USED = new Set(
  readdirSync(FOLDER).flatMap((file) =>
    (JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Recorded).cases.flatMap(({ transform, config }) =>
      Object.keys(config).map((name) => `${family(transform)} ${name}`),
    ),
  ),
);
/** Defaults that differ from Java's table only in spelling. */
const DEFAULTS_APART: Readonly<Record<string, { readonly default: string }>> = {
  // Java rejects a transform without them when it is configured, although its table has a default of null.
  'io.debezium.transforms.ByLogicalTableRouter topic.regex': { default: 'required' },
  'io.debezium.transforms.ByLogicalTableRouter topic.replacement': { default: 'required' },
  // No placement, as an empty list.
  'io.debezium.transforms.outbox.EventRouter table.fields.additional.placement': { default: '' },
};

describe('the settings of every transform and predicate are those of the Java class', () => {
  const plugins = [...TRANSFORMS, ...PREDICATES];

  test('every class has a table', () => {
    expect(Object.keys(OPTIONS).toSorted()).toEqual(plugins.map((p) => p.className).toSorted());
  });

  test.each(plugins.map((plugin) => [plugin.className, plugin] as const))('%s', (className, plugin) => {
    const java = OPTIONS[className] ?? [];
    const table = (key: RecordedOption | (typeof plugin.config)[number]) => ({
      name: key.name,
      type: key.type,
      // null: the setting is optional.
      default: key.default === undefined ? 'required' : key.default,
    });
    const ours = plugin.config.map(table);
    const expected = java.map((key) => ({ ...table(key), ...DEFAULTS_APART[`${className} ${key.name}`] }));
    // Debezium documents the setting for the field's name, but its table lacks it.
    const besides = className.endsWith('ByLogicalTableRouter') ? ['key.field.name'] : [];
    const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1);
    expect(ours.filter((key) => !besides.includes(key.name)).toSorted(byName)).toEqual(expected.toSorted(byName));
    if (className.includes('.predicates.')) return;
    const lacking = java.filter(({ name }) => !USED.has(`${family(className)} ${name}`)).map(({ name }) => name);
    expect(lacking, 'settings without a recorded case').toEqual([]);
  });
});
