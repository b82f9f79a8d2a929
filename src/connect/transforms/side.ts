import type { Clock } from '../../base/env.ts';
import type { ConfigKey, ConfigType, KeyParts, RawConfig, ValueOf, ConfigValidator } from '../api/config-spec.ts';
import type { Transform, TransformPlugin } from '../api/converter.ts';
import { DataError } from '../api/errors.ts';
import type { ConnectRecord } from '../api/record.ts';
import type { ConnectSchema } from '../api/schema.ts';

/** The half of a record that a transform changes. */
export type SideName = 'Key' | 'Value';

/** Reads and replaces one half of a record. */
export interface Side {
  readonly name: SideName;
  schema(record: ConnectRecord): ConnectSchema | null;
  value(record: ConnectRecord): unknown;
  with<R extends ConnectRecord>(record: R, schema: ConnectSchema | null, value: unknown): R;
}

const SIDES: Readonly<Record<SideName, Side>> = {
  Key: {
    name: 'Key',
    schema: (r) => r.keySchema,
    value: (r) => r.key,
    with: (r, keySchema, key) => ({ ...r, keySchema, key }),
  },
  Value: {
    name: 'Value',
    schema: (r) => r.valueSchema,
    value: (r) => r.value,
    with: (r, valueSchema, value) => ({ ...r, valueSchema, value }),
  },
};

/** The `$Key` and the `$Value` variant of a transform. */
export function sided(
  name: string,
  doc: string,
  config: Readonly<Record<string, ConfigKey>>,
  create: (config: RawConfig, side: Side, clock: Clock) => Transform,
): TransformPlugin[] {
  return (['Key', 'Value'] as const).map((side) => ({
    className: `org.apache.kafka.connect.transforms.${name}$${side}`,
    aliases: [`${name}$${side}`],
    doc: `${doc} Works on the ${side.toLowerCase()}.`,
    config: Object.values(config),
    create: (raw, clock) => create(raw, SIDES[side], clock),
  }));
}

/** Computes a value once per schema object. */
export function perSchema<S extends ConnectSchema, T>(make: (schema: S) => T): (schema: S) => T {
  const known = new WeakMap<S, T>();
  return (schema) => {
    let found = known.get(schema);
    if (found === undefined) known.set(schema, (found = make(schema)));
    return found;
  };
}

/** The schemaless value as an object. @throws DataError when it is not one */
export function objectOf(value: unknown, doing: string): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof Uint8Array) {
    throw new DataError(
      `Only Map objects supported in absence of schema for [${doing}], found: ${value === null ? 'null' : typeof value}`,
    );
  }
  return value as Record<string, unknown>;
}

/** The schema, which must be a struct. @throws DataError */
export function structSchemaOf(schema: ConnectSchema, doing: string): ConnectSchema & { type: 'STRUCT' } {
  if (schema.type !== 'STRUCT')
    throw new DataError(`Only Struct objects supported for [${doing}], found: ${schema.type}`);
  return schema;
}

/** A setting of a transform; an optional string unless `more` specifies otherwise. */
export function setting<const M extends KeyParts = Record<never, never>>(
  name: string,
  documentation: string,
  more?: M,
): ConfigKey<ValueOf<TypeIn<M>, M extends { readonly default: infer D } ? D : null>> {
  return { name, type: 'STRING', importance: 'MEDIUM', documentation, default: null, ...more };
}

type TypeIn<M> = M extends { readonly type: infer T extends ConfigType } ? T : 'STRING';

/** A required setting. */
export function required<const M extends KeyParts = Record<never, never>>(
  name: string,
  documentation: string,
  more?: M,
): ConfigKey<ValueOf<TypeIn<M>, undefined>> {
  return { name, type: 'STRING', importance: 'HIGH', documentation, ...more };
}

/** Rejects an empty list. */
export const notEmptyList: ConfigValidator = (value) =>
  Array.isArray(value) && value.length > 0 ? undefined : 'Empty list';
