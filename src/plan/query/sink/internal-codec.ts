import type { FormatInfo, SerdeFeature } from '../../../formats/api.ts';
import type { PlanContext } from '../../context.ts';
import { findFormat, keyFeatures } from '../../serde/topic-formats.ts';
import type { RowColumn, TopicCodec } from '../../steps/steps.ts';

/**
 * How an internal topic is keyed: as `like` is where its key format can hold the columns, else as one of the others,
 * else KAFKA or JSON. User-given properties that belong to one topic (schema ids) do not travel.
 */
export function internalCodec(
  like: TopicCodec,
  key: readonly RowColumn[],
  context: PlanContext,
  ...others: readonly TopicCodec[]
): TopicCodec {
  const candidates: FormatInfo[] = [
    ...[like, ...others].map((c) => inheritable(c.keyFormat)),
    { format: 'KAFKA', properties: {} },
    { format: 'JSON', properties: {} },
  ];
  for (const keyFormat of candidates) {
    const features = canHold(keyFormat, key, context);
    if (features !== undefined) return { ...like, keyFormat, keyFeatures: features };
  }
  return { ...like, keyFormat: { format: 'JSON', properties: {} }, keyFeatures: [] };
}

function canHold(info: FormatInfo, key: readonly RowColumn[], context: PlanContext): SerdeFeature[] | undefined {
  const format = findFormat(context, info.format);
  // What is not made by us alone is no measure for an internal topic.
  if (format.keyBytesVary === true) return undefined;
  const features = keyFeatures(format, key.length);
  try {
    format.validateSchema({ columns: key, features, isKey: true });
    return features;
  } catch {
    return undefined;
  }
}

/** A format without the properties that belong to one topic alone. */
export function inheritable(info: FormatInfo): FormatInfo {
  const { schemaId: _id, subjectName: _subject, ...rest } = info.properties;
  return { format: info.format, properties: rest };
}

/** True when the key's bytes hold ids of a schema registry: equal keys of two topics then differ in their bytes. */
export function writesSchemaIds(codec: TopicCodec, context: PlanContext): boolean {
  return findFormat(context, codec.keyFormat.format).schemaInference;
}

/** True for formats whose keys somebody else writes, in more than one way. */
export function keyBytesVary(codec: TopicCodec, context: PlanContext): boolean {
  return findFormat(context, codec.keyFormat.format).keyBytesVary === true;
}
