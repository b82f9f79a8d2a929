import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { Config } from '../base/config/config.ts';
import { tlsOptions, type TlsProperties } from '../tls/tls-options.ts';

/**
 * TLS of a client: Kafka's properties with a prefix (`ksql.connect.`, `ksql.schema.registry.`), otherwise those without
 * a prefix.
 * @throws SluiceError CONFIG naming the property
 */
export function tlsSettings(config: Config, prefix: string): ConnectionOptions {
  return tlsOptions(tlsProperties(config, prefix));
}

/**
 * Kafka's `ssl.*`: the values with the prefix, otherwise those of `more` (such as a separate file), otherwise those
 * without a prefix.
 */
export function tlsProperties(
  config: Config,
  prefix: string,
  more: (name: string) => string | undefined = () => undefined,
): TlsProperties {
  return {
    get: (name) => config.passed(prefix + name) ?? more(name) ?? config.passed(name),
    readFile: (path) => readFileSync(path),
    nameOf: (name) => (config.passed(prefix + name) === undefined ? name : prefix + name),
  };
}
