import type { RawConfig } from '../../api/config-spec.ts';
import type { ConnectorPlugin } from '../../api/connector.ts';
import { FRAMEWORK } from './framework-config.ts';

/**
 * Settings that a connector gives and that change nothing here: those that say so, where they are no default, and those
 * of Kafka's clients, of which this worker has none. Each with its reason where its table has one.
 */
export function withoutEffect(config: RawConfig, { type, config: own }: ConnectorPlugin): string[] {
  const keys = new Map([...Object.values(FRAMEWORK), ...own].map((key) => [key.name, key]));
  return Object.entries(config).flatMap(([name, value]) => {
    const key = keys.get(name);
    const isClients =
      /^(?:producer|consumer|admin)\.override\./.test(name) &&
      !(type === 'sink' && name === FRAMEWORK.consumerOverrideAutoOffsetReset.name);
    const isIdle = key?.inert !== undefined && value.trim().toLowerCase() !== key.default?.toLowerCase();
    return isClients ? [name] : isIdle ? [`${name} (${key.inert})`] : [];
  });
}
