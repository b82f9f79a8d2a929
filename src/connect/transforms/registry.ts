import type { PredicatePlugin, TransformPlugin } from '../api/converter.ts';
import { byLogicalTableRouter } from './by-logical-table-router.ts';
import { cast } from './cast.ts';
import { eventRouter } from './event-router.ts';
import { extractField } from './extract-field.ts';
import { extractNewRecordState } from './extract-new-record-state.ts';
import { flatten } from './flatten.ts';
import { hoistField } from './hoist-field.ts';
import { insertField } from './insert-field.ts';
import { maskField } from './mask-field.ts';
import { hasHeaderKey, recordIsTombstone, topicNameMatches } from './predicates.ts';
import { dropHeaders, filter, headerFrom, insertHeader, regexRouter, setSchemaMetadata } from './records.ts';
import { replaceField } from './replace-field.ts';
import { timestampConverter, timestampRouter } from './timestamps.ts';
import { valueToKey } from './value-to-key.ts';

/** All transforms. To add one: a file, and a line here. */
export const TRANSFORMS: readonly TransformPlugin[] = versioned([
  byLogicalTableRouter,
  ...cast,
  dropHeaders,
  eventRouter,
  ...extractField,
  extractNewRecordState,
  filter,
  ...flatten,
  ...headerFrom,
  ...hoistField,
  ...insertField,
  insertHeader,
  ...maskField,
  regexRouter,
  ...replaceField,
  ...setSchemaMetadata,
  ...timestampConverter,
  timestampRouter,
  valueToKey,
]);

export const PREDICATES: readonly PredicatePlugin[] = versioned([hasHeaderKey, recordIsTombstone, topicNameMatches]);

/** Adds the version of Kafka Connect whose transforms these correspond to. */
function versioned<T extends object>(plugins: readonly T[]): readonly (T & { readonly version: string })[] {
  return plugins.map((plugin) => ({ ...plugin, version: '4.3.1' }));
}
