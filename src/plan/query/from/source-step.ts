import { SluiceError } from '../../../base/errors.ts';
import { hasReadTimes, type Source } from '../../../catalog/source.ts';
import { BIGINT } from '../../../types/sql-type.ts';
import { isWindowBound, PSEUDO_COLUMNS } from '../../names.ts';
import type { SourceColumn, SourceStep, TopicCodec } from '../../steps/steps.ts';

/** What to read from a source. */
export interface SourceRequest {
  readonly source: Source;
  /** Name of the step. */
  readonly name: string;
  /** Names of the columns that the plan reads, in row order: key, value, headers, pseudo columns, window bounds. */
  readonly wanted: readonly string[];
  /** Maps a column to its name in the row. */
  readonly rename: (name: string) => string;
  readonly materialized?: boolean;
}

/** The step that reads a source's topic: only the wanted columns are decoded. */
export function sourceStep(request: SourceRequest): SourceStep {
  const { source } = request;
  const places = placesOf(source);
  const columns = request.wanted.map((name): SourceColumn => {
    const column = places.get(name) ?? pseudoColumn(source, name);
    return { ...column, name: request.rename(name) };
  });
  const windowed = source.topic.window !== undefined;
  return {
    kind: `${windowed ? 'Windowed' : ''}${source.kind === 'STREAM' ? 'Stream' : 'Table'}Source`,
    name: request.name,
    relation: source.kind,
    out: {
      key: source.schema.key.map((c) => ({ name: request.rename(c.name), type: c.type })),
      row: columns.map((c) => ({ name: c.name, type: c.type })),
      window: source.topic.window,
    },
    source: source.name,
    topic: source.topic.name,
    codec: codecOf(source),
    schema: source.schema,
    columns,
    timestamp: timestampOf(source),
    materialized: request.materialized ?? false,
    hasReadTimes: hasReadTimes(source) || undefined,
  } as SourceStep;
}

/** How records of a source are serialized in its topic. */
export function codecOf(source: Source): TopicCodec {
  const { keyFormat, valueFormat, keyFeatures, valueFeatures } = source.topic;
  return { keyFormat, valueFormat, keyFeatures, valueFeatures };
}

/** The positions of a schema's columns by name; a key column takes precedence over a value column. */
function placesOf(source: Source): ReadonlyMap<string, SourceColumn> {
  const places = new Map<string, SourceColumn>();
  let index = 0;
  for (const { name, type, role, headerKey } of source.schema.value) {
    const at = role === 'VALUE' ? index++ : 0;
    if (places.has(name)) continue;
    if (role === 'VALUE') places.set(name, { name, type, from: 'VALUE', index: at });
    else if (headerKey === undefined) places.set(name, { name, type, from: 'HEADERS' });
    else places.set(name, { name, type, from: 'HEADER', header: headerKey });
  }
  for (const [at, { name, type }] of source.schema.key.entries())
    places.set(name, { name, type, from: 'KEY', index: at });
  return places;
}

function pseudoColumn(source: Source, name: string): SourceColumn {
  const pseudo = PSEUDO_COLUMNS.find((p) => p.name === name);
  if (pseudo !== undefined) return { name, type: pseudo.type, from: pseudo.name };
  if (isWindowBound(name)) return { name, type: BIGINT, from: name };
  throw new SluiceError('INTERNAL', `Assertion failed: ${source.name} has no column ${name}`);
}

function timestampOf(source: Source): SourceStep['timestamp'] {
  const { timestamp, schema } = source;
  if (timestamp === undefined) return undefined;
  const keyIndex = schema.key.findIndex((c) => c.name === timestamp.column);
  if (keyIndex >= 0) return { ...timestamp, from: 'KEY', index: keyIndex };
  const index = schema.value.filter((c) => c.role === 'VALUE').findIndex((c) => c.name === timestamp.column);
  return { ...timestamp, from: 'VALUE', index };
}
