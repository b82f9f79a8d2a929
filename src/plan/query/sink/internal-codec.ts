import type { FormatInfo, SerdeFeature } from '../../../formats/api.ts';
import type { PlanContext } from '../../context.ts';
import { findFormat, keyFeatures } from '../../serde/topic-formats.ts';
import type { RowColumn, TopicCodec } from '../../steps/steps.ts';

/**
 * The key format of an internal topic: that of `like` where it can hold the columns, otherwise that of one of the
 * others, otherwise KAFKA or JSON. User-given properties that belong to one topic (schema ids) are not inherited.
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
  // A format whose bytes are not determined by us alone is not used for an internal topic.
  if (format.keyBytesVary === true) return undefined;
  const features = keyFeatures(format, key.length);
  try {
    format.validateSchema({ columns: key, features, isKey: true });
    return features;
  } catch {
    return undefined;
  }
}

/** A format without the properties that belong to a single topic. */
export function inheritable(info: FormatInfo): FormatInfo {
  const { schemaId: _id, subjectName: _subject, ...rest } = info.properties;
  return { format: info.format, properties: rest };
}

/** Whether the key's bytes contain ids of a schema registry: then equal keys of two topics differ in their bytes. */
export function writesSchemaIds(codec: TopicCodec, context: PlanContext): boolean {
  return findFormat(context, codec.keyFormat.format).schemaInference;
}

/** Whether others write keys in this format in more than one way. */
export function keyBytesVary(codec: TopicCodec, context: PlanContext): boolean {
  return findFormat(context, codec.keyFormat.format).keyBytesVary === true;
}
