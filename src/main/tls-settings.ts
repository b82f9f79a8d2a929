import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { Config } from '../base/config/config.ts';
import { tlsOptions, type TlsProperties } from '../tls/tls-options.ts';

/**
 * TLS of a client by Kafka's property names under a prefix (`ksql.connect.`, `ksql.schema.registry.`), else those
 * without one.
 * @throws SluiceError CONFIG naming the property
 */
export function tlsSettings(config: Config, prefix: string): ConnectionOptions {
  return tlsOptions(tlsProperties(config, prefix));
}

/**
 * Kafka's `ssl.*` with the values of a prefix, else those of `more` (a file of its own has them), else those without
 * one.
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
