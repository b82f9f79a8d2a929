import type { ConnectorConfig } from './api.ts';

/**
 * One sentence for each converter setting that has no effect. Converter settings are used only together with the name
 * of their converter; a connector without that name uses its worker's converter with the worker's settings, as in Kafka
 * Connect. Many configurations contain `schemas.enable=false` as a precaution, which is the default of this process's
 * worker anyway.
 */
export function strayConverterSettings(config: ConnectorConfig): string[] {
  return Object.entries(config).flatMap(([key, value]) => {
    const side = /^(key|value|header)\.converter\.(?!plugin\.version$)/.exec(key)?.[1];
    if (side === undefined || config[`${side}.converter`] !== undefined) return [];
    if (key.endsWith('.schemas.enable') && value.trim().toLowerCase() === 'false') return [];
    return [
      `${key} is not read: settings of a converter count beside its name only. ${side}.converter='org.apache.kafka.connect.json.JsonConverter' beside it makes it count; without, the worker's own converter and settings are used`,
    ];
  });
}
