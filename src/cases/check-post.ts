import { isLosslessNumber } from 'lossless-json';
import { subjectOf } from '../formats/schema-registry/api.ts';
import type { Source } from '../catalog/source.ts';
import { parseColumnList } from '../sql/parse.ts';
import { resolveType, type PlainType } from '../sql/ast/types.ts';
import { formatColumn, type Column } from '../types/schema.ts';
import { toJson, type Case, type Node } from './case-file.ts';
import type { TopicWorld } from './world.ts';

type Fields = { readonly [name: string]: Node };

/** The post conditions of a case that do not hold (README 3.7 of the suite); empty when all do. */
export async function checkPost(testCase: Case, world: TopicWorld): Promise<string[]> {
  const post = testCase.post as Fields | undefined;
  if (!post) return [];
  const problems: string[] = [];
  for (const expected of (post['sources'] as readonly Fields[] | undefined) ?? [])
    problems.push(...checkSource(expected, world));
  const topics = post['topics'] as Fields | undefined;
  if (topics) problems.push(...(await checkTopics(topics, testCase, world)));
  return problems;
}

function checkSource(expected: Fields, world: TopicWorld): string[] {
  const name = String(expected['name']);
  const source = world.engine.catalog.source(name);
  if (!source) return [`post.sources: ${name} is not there`];
  const problems: string[] = [];
  const check = (what: string, want: unknown, have: unknown): void => {
    if (want !== have) problems.push(`post.sources ${name}: ${what}: expected ${String(want)}, got ${String(have)}`);
  };
  check('type', String(expected['type']).toUpperCase(), source.kind);
  if (typeof expected['schema'] === 'string')
    check('schema', schemaText(expected['schema'], world), columnsText(source));
  const keyFormat = expected['keyFormat'] as Fields | undefined;
  if (keyFormat) {
    check('key format', keyFormat['format'] ?? source.topic.keyFormat.format, source.topic.keyFormat.format);
    check('window type', keyFormat['windowType'] ?? undefined, source.topic.window?.type);
    check('window size', number(keyFormat['windowSize']), source.topic.window?.sizeMs);
  }
  const valueFormat = expected['valueFormat'];
  if (valueFormat !== undefined) {
    check(
      'value format',
      typeof valueFormat === 'string' ? valueFormat : (valueFormat as Fields)['format'],
      source.topic.valueFormat.format,
    );
  }
  for (const [field, features] of [
    ['keyFeatures', source.topic.keyFeatures],
    ['valueFeatures', source.topic.valueFeatures],
  ] as const) {
    const want = expected[field] as readonly string[] | undefined;
    if (want) check(field, [...want].toSorted().join(), [...features].toSorted().join());
  }
  if (expected['isSource'] !== undefined) check('isSource', expected['isSource'], source.isSource);
  return problems;
}

function columnsText(source: Source): string {
  return [...source.schema.key, ...source.schema.value].map(formatColumn).join(', ');
}

function schemaText(text: string, world: TopicWorld): string {
  const columns: Column[] = parseColumnList(text).map((c) => ({
    name: c.name.name,
    type: resolveType(c.type, (reference) => world.engine.catalog.type(reference.name) as PlainType),
    role: c.role === 'VALUE' ? 'VALUE' : c.role === 'HEADER' || c.role === 'HEADERS' ? 'HEADERS' : 'KEY',
    ...(c.headerKey === null ? {} : { headerKey: c.headerKey }),
  }));
  return columns.map(formatColumn).join(', ');
}

async function checkTopics(topics: Fields, testCase: Case, world: TopicWorld): Promise<string[]> {
  const problems: string[] = [];
  const existing = await world.log.admin.listTopics();
  if (typeof topics['blacklist'] === 'string') {
    const pattern = new RegExp(topics['blacklist']);
    for (const { name } of existing)
      if (pattern.test(name)) problems.push(`post.topics: ${name} must not exist (${topics['blacklist']})`);
  }
  const internalNames = testCase.features.includes('post-internal-topic-names');
  for (const expected of (topics['topics'] as readonly Fields[] | undefined) ?? []) {
    const name = String(expected['name']);
    // The names that Kafka Streams gives internal topics are an implementation detail, and are checked separately.
    if (internalNames && name.startsWith('_confluent-ksql-')) continue;
    const topic = existing.find((t) => t.name === name);
    if (!topic) {
      problems.push(`post.topics: ${name} is not there`);
      continue;
    }
    problems.push(...checkTopic(name, expected, topic.partitions, testCase, world));
  }
  return problems;
}

function checkTopic(name: string, expected: Fields, partitions: number, testCase: Case, world: TopicWorld): string[] {
  const problems: string[] = [];
  const check = (what: string, want: unknown, have: unknown): void => {
    if (want !== have) problems.push(`post.topics ${name}: ${what}: expected ${String(want)}, got ${String(have)}`);
  };
  const source = world.engine.catalog.sourcesOfTopic(name)[0];
  const declared = testCase.topics.some((t) => t.name === name);
  if (expected['partitions'] !== undefined)
    check('partitions', number(expected['partitions']), declared || !source?.isCasTarget ? partitions : 4);
  for (const isKey of [true, false]) {
    const sideName = isKey ? 'key' : 'value';
    const format = expected[`${sideName}Format`] as Fields | undefined;
    const info = source && (isKey ? source.topic.keyFormat : source.topic.valueFormat);
    const features = source && (isKey ? source.topic.keyFeatures : source.topic.valueFeatures);
    if (format && info && features) {
      check(
        `${sideName} format`,
        format['format'] ?? (format['formatInfo'] as Fields | undefined)?.['format'],
        info.format,
      );
      const properties = (format['properties'] ?? {}) as Fields;
      check(`${sideName} properties`, sorted(properties), sorted(info.properties));
      const wanted = (format['features'] as readonly string[] | undefined) ?? [];
      check(`${sideName} features`, [...wanted].toSorted().join(), [...features].toSorted().join());
      if (isKey) {
        const window = format['windowInfo'] as Fields | undefined;
        check('window type', window?.['type'], source.topic.window?.type);
        const seconds = number(window?.['size']);
        check('window size', seconds === undefined ? undefined : seconds * 1000, source.topic.window?.sizeMs);
      }
    }
    const schema = expected[`${sideName}Schema`];
    if (schema !== undefined) {
      const actual = world.registry.findLatest(subjectOf(name, isKey))?.schema.schema;
      if (actual === undefined) problems.push(`post.topics ${name}: no ${sideName} schema is registered`);
      else if (typeof schema === 'string') check(`${sideName} schema`, schema.trim(), actual.trim());
      else check(`${sideName} schema`, canonical(JSON.parse(toJson(schema))), canonical(JSON.parse(actual)));
    }
  }
  return problems;
}

function number(node: Node | undefined): number | undefined {
  return isLosslessNumber(node) ? Number(node.value) : undefined;
}

function sorted(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(
    Object.entries(fields)
      .map(([k, v]) => [k, String(v)] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** JSON text with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
