import type { Source } from '../catalog/source.ts';
import { subjectOf } from '../formats/schema-registry/api.ts';
import { formatNamed } from '../formats/registry.ts';
import type { Case, CaseRecord } from './case-file.ts';
import { decodeBytes, encodeNode, splitWindow, withWindow, type SideSpec } from './codec/codec.ts';
import type { Decoded } from './decoded.ts';
import type { World } from './world.ts';

/** How the runner reads and writes one topic's records: by the declarations of a source over it. */
export interface TopicSpec {
  readonly key: SideSpec;
  readonly value: SideSpec;
  readonly window: { readonly type: 'time' | 'session'; readonly sizeMs: number | undefined } | undefined;
}

/** The spec of a topic, from the first source over it; without a source, keys are KAFKA strings and values are JSON. */
export function topicSpec(topic: string, testCase: Case, world: Pick<World, 'engine' | 'registry'>): TopicSpec {
  const source = world.engine.catalog.sourcesOfTopic(topic)[0];
  const inexact = testCase.properties['use.exact.numeric.comparison'] === 'false';
  const window = source?.topic.window;
  return {
    key: side(topic, true, source, world, inexact),
    value: side(topic, false, source, world, inexact),
    window: window && { type: window.type === 'SESSION' ? 'session' : 'time', sizeMs: window.sizeMs },
  };
}

function side(
  topic: string,
  isKey: boolean,
  source: Source | undefined,
  world: Pick<World, 'engine' | 'registry'>,
  inexact: boolean,
): SideSpec {
  const latest = world.registry.findLatest(subjectOf(topic, isKey));
  const info = source && (isKey ? source.topic.keyFormat : source.topic.valueFormat);
  const columns = source ? (isKey ? source.schema.key : source.schema.value.filter((c) => c.role === 'VALUE')) : [];
  const format =
    info?.format ??
    (latest
      ? { AVRO: 'AVRO', PROTOBUF: 'PROTOBUF', JSON: 'JSON_SR' }[latest.schema.schemaType]
      : isKey
        ? 'KAFKA'
        : 'JSON');
  const features = source ? (isKey ? source.topic.keyFeatures : source.topic.valueFeatures) : [];
  const schema =
    format === 'PROTOBUF_NOSR' && info
      ? { id: 0, schema: formatNamed('PROTOBUF').registrySchema!({ columns, features, isKey }, info, topic) }
      : latest && { id: latest.id, schema: world.registry.findById(latest.id) ?? latest.schema };
  return {
    format,
    columns,
    writer: schema,
    schemaById: (id) => world.registry.findById(id),
    fullSchemaName: info?.properties['fullSchemaName'],
    inexact,
  };
}

/** The encoded key and value of a record; null for no bytes. */
export interface RecordBytes {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export function encodeRecord(record: CaseRecord, spec: TopicSpec): RecordBytes {
  const key = encodeNode(record.key, spec.key);
  return {
    key: key && record.window ? withWindow(key, record.window) : key,
    value: encodeNode(record.value, spec.value),
  };
}

/** A record decoded for comparison; `window` is undefined when its key is not windowed. */
export interface DecodedRecord {
  readonly key: Decoded;
  readonly value: Decoded;
  readonly window: { readonly start: number; readonly end: number; readonly type: 'time' | 'session' } | undefined;
}

export function decodeRecord(bytes: RecordBytes, spec: TopicSpec): DecodedRecord {
  const { key, value } = bytes;
  if (key !== null && spec.window) {
    const parts = splitWindow(key, spec.window.type);
    const end = parts.end ?? parts.start + (spec.window.sizeMs ?? 0);
    return {
      key: decodeBytes(parts.key, spec.key),
      value: decodeBytes(value, spec.value),
      window: { start: parts.start, end, type: spec.window.type },
    };
  }
  return { key: decodeBytes(key, spec.key), value: decodeBytes(value, spec.value), window: undefined };
}
