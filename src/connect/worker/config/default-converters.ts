import type { RawConfig } from '../../api/config-spec.ts';

/**
 * Keys in the formats that SQL reads by default (KEY_FORMAT KAFKA, or JSON for composite keys), values as plain JSON
 * with exact decimals.
 */
const OWN_CONVERTERS: RawConfig = {
  'key.converter': 'sluice.connect.SqlConverter',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter.schemas.enable': 'false',
  'value.converter.decimal.format': 'NUMERIC',
};

/** Worker settings, with our converters and their settings for keys or values that have no converter. */
export function withOwnConverters(given: RawConfig): RawConfig {
  const own = Object.fromEntries(
    Object.entries(OWN_CONVERTERS).filter(([key]) => given[key.split('.', 2).join('.')] === undefined),
  );
  return { ...own, ...given };
}
