import type { SqlType } from '../../types/sql-type.ts';
import type { CodecRegistry, CodecSite, RegistrySchema, SerdeFeature } from '../api.ts';

export interface SiteOptions {
  readonly isKey?: boolean | undefined;
  readonly features?: readonly SerdeFeature[] | undefined;
  readonly properties?: Readonly<Record<string, string>> | undefined;
  /** The schema to which the user's `schemaId` refers. */
  readonly schema?: RegistrySchema | undefined;
}

/**
 * The site of a codec over a registry of one schema, with id 9: the given one, otherwise the last with which a codec
 * wrote.
 */
export function codecSite(
  format: string,
  types: Readonly<Record<string, SqlType>>,
  options: SiteOptions = {},
): CodecSite {
  const { isKey = false, features = [], schema } = options;
  let registered = schema;
  const registry: CodecRegistry = {
    schemaById: (id) => (id === 9 ? registered : undefined),
    idOf: (_subject, written) => {
      registered = written;
      return 9;
    },
    latest: () => undefined,
  };
  return {
    schema: { columns: Object.entries(types).map(([name, type]) => ({ name, type })), features, isKey },
    info: { format, properties: { ...options.properties, ...(schema && { schemaId: '9' }) } },
    topic: 't',
    registry,
  };
}
