import type { ConnectorConfig } from './api.ts';

/**
 * A sentence for each setting of a converter that nobody reads: they count beside the name of their converter only, and
 * a connector that names none has its worker's with the worker's settings, as in Kafka Connect. `schemas.enable=false`
 * is what many configurations say to be safe, and is so without in this process's worker.
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
