import { KEYS } from '../../../config/keys.ts';
import type { Source, SourceTopic } from '../../../catalog/source.ts';
import type { FormatDefinition, SerdeFeature } from '../../../formats/api.ts';
import type { Column } from '../../../types/schema.ts';
import type { PlanContext } from '../../context.ts';
import { reject } from '../../errors.ts';
import type { WithClause } from '../../properties/with-clause.ts';
import { rejectMapKeys } from '../../serde/map-keys.ts';
import {
  avroKeyName,
  explicitFormat,
  findFormat,
  formatInfo,
  formatProperties,
  keyFeatures,
  validateSide,
  valueFeatures,
  type Side,
} from '../../serde/topic-formats.ts';
import { checkSchemaIdFormat } from '../../ddl/create-source.ts';
import { listed } from '../../ddl/evolution.ts';
import { changedColumns } from '../../ddl/evolution.ts';
import { inferColumns } from '../../ddl/schema-inference.ts';
import { inheritable } from './internal-codec.ts';
import type { WindowInfo } from '../../steps/steps.ts';

export interface SinkSite {
  readonly name: string;
  readonly topic: string;
  readonly clause: WithClause;
  /** The leftmost source: its formats are the default where the WITH clause gives none. */
  readonly like: Source;
  readonly key: readonly Column[];
  readonly value: readonly Column[];
  readonly window: WindowInfo | undefined;
}

/** How the topic of a sink is written. @throws SluiceError STATEMENT */
export function sinkTopic(site: SinkSite, context: PlanContext): SourceTopic {
  const { clause, key, value } = site;
  const explicitKey = explicitFormat(clause, 'KEY');
  if (explicitKey !== undefined) findFormat(context, explicitKey);
  if (key.length === 0 && clause.has('KEY_FORMAT') && explicitKey !== 'NONE') {
    throw reject('Key format specified for stream without key columns.', clause.spanOf('KEY_FORMAT'));
  }
  const keyFormat =
    key.length === 0 ? findFormat(context, 'NONE') : findFormat(context, explicitKey ?? keyFormatOf(site, context));
  const valueFormat = findFormat(context, explicitFormat(clause, 'VALUE') ?? site.like.topic.valueFormat.format);
  checkSchemaIdFormat(clause, 'KEY', keyFormat);
  checkSchemaIdFormat(clause, 'VALUE', valueFormat);
  rejectMapKeys(key);
  let keyProperties = sideProperties(site, 'KEY', keyFormat);
  if (keyFormat.name === 'AVRO' && keyProperties['fullSchemaName'] === undefined) {
    keyProperties = { ...keyProperties, fullSchemaName: avroKeyName(site.name) };
  }
  const valueProperties = sideProperties(site, 'VALUE', valueFormat);
  const featuresOfKey = keyFeatures(keyFormat, key.length);
  const featuresOfValue = valueFeatures(clause, context.config, valueFormat, value.length);
  const formats = { formats: context.formats, clause };
  validateSide(keyFormat, key, featuresOfKey, 'KEY', formats);
  validateSide(valueFormat, value, featuresOfValue, 'VALUE', formats);
  checkSchemaId(site, 'KEY', keyFormat, keyProperties, featuresOfKey, context);
  checkSchemaId(site, 'VALUE', valueFormat, valueProperties, featuresOfValue, context);
  return {
    name: site.topic,
    keyFormat: formatInfo(keyFormat, keyProperties),
    valueFormat: formatInfo(valueFormat, valueProperties),
    keyFeatures: featuresOfKey,
    valueFeatures: featuresOfValue,
    window: site.window,
  };
}

/** The source's key format, or the configured default for a source without a key. */
function keyFormatOf(site: SinkSite, context: PlanContext): string {
  const { format } = site.like.topic.keyFormat;
  return format === 'NONE' ? context.config.get(KEYS.persistenceDefaultFormatKey) : format;
}

/** Properties of the WITH clause, and those of the source where it has the same format. */
function sideProperties(site: SinkSite, side: Side, format: FormatDefinition): Record<string, string> {
  const own = formatProperties(site.clause, side, format);
  const info = side === 'KEY' ? site.like.topic.keyFormat : site.like.topic.valueFormat;
  if (info.format !== format.name) return own;
  const { fullSchemaName: _name, nullableRepresentation: _nullable, ...rest } = inheritable(info).properties;
  return { ...rest, ...own };
}

/** A schema that is given by id must begin with the query's columns. */
function checkSchemaId(
  site: SinkSite,
  side: Side,
  format: FormatDefinition,
  properties: Readonly<Record<string, string>>,
  features: readonly SerdeFeature[],
  context: PlanContext,
): void {
  const schemaId = site.clause.number(`${side}_SCHEMA_ID`);
  if (schemaId === undefined) return;
  const registered = inferColumns(context, site.topic, side, {
    format,
    info: formatInfo(format, properties),
    features,
    schemaId,
  });
  const wanted = side === 'KEY' ? site.key : site.value;
  // An unwrapped single key has no name in its schema.
  const comparable =
    side === 'KEY' && features.includes('UNWRAP_SINGLES') && registered.length === 1 && wanted.length === 1
      ? [{ ...registered[0]!, name: wanted[0]!.name }]
      : registered;
  const changed = changedColumns(wanted, comparable);
  if (changed.length === 0) return;
  throw reject(
    `The following ${side.toLowerCase()} columns are changed, missing or reordered: [${listed(changed)}]. ` +
      `Schema from schema registry is [${listed(registered)}]`,
    site.clause.spanOf(`${side}_SCHEMA_ID`),
  );
}
