import type { RawConfig } from '../../api/config-spec.ts';

/**
 * Keys are what SQL reads without a word (KEY_FORMAT KAFKA, or JSON where composite), values are plain JSON with exact
 * decimals.
 */
const OWN_CONVERTERS: RawConfig = {
  'key.converter': 'sluice.connect.SqlConverter',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter.schemas.enable': 'false',
  'value.converter.decimal.format': 'NUMERIC',
};

/** Worker settings, with our converters and their settings for the sides that they name none for. */
export function withOwnConverters(given: RawConfig): RawConfig {
  const own = Object.fromEntries(
    Object.entries(OWN_CONVERTERS).filter(([key]) => given[key.split('.', 2).join('.')] === undefined),
  );
  return { ...own, ...given };
}
