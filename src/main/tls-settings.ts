import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { Config } from '../base/config/config.ts';
import { tlsOptions } from '../tls/tls-options.ts';

/**
 * TLS of a client by Kafka's property names under a prefix (`ksql.connect.`, `ksql.schema.registry.`), else those
 * without one.
 * @throws SluiceError CONFIG naming the property
 */
export function tlsSettings(config: Config, prefix: string): ConnectionOptions {
  return tlsOptions({
    get: (name) => config.passed(prefix + name) ?? config.passed(name),
    readFile: (path) => readFileSync(path),
    nameOf: (name) => (config.passed(prefix + name) === undefined ? name : prefix + name),
  });
}
