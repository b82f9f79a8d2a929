import { KEYS } from '../config/keys.ts';
import { SluiceError } from '../base/errors.ts';
import type { Env } from '../base/env.ts';
import type { CodecRegistry, LoadSchemas } from '../formats/api.ts';
import type { SourceTopic } from '../catalog/source.ts';
import { subjectOf, type SchemaRegistry } from '../formats/schema-registry/api.ts';
import { HttpSchemaRegistry } from '../formats/schema-registry/client.ts';
import { CachedCodecRegistry, loaderOf } from '../formats/schema-registry/codec-registry.ts';
import { formatNamed } from '../formats/registry.ts';
import type { Config } from '../base/config/config.ts';
import { httpSender } from '../host/http-send.ts';
import { tlsSettings } from './tls-settings.ts';

/** All interfaces to a registry: for statements, for codecs, and for filling the codecs' cache. */
export interface RemoteRegistry {
  readonly registry: SchemaRegistry;
  readonly codecs: CodecRegistry;
  readonly loadSchemas: LoadSchemas;
  readonly prepareCodecs: (topic: SourceTopic) => Promise<void>;
}

const HEADER_PREFIX = 'ksql.schema.registry.request.headers.';
const TIMEOUT_MS = 10_000;

/** The registry of `ksql.schema.registry.url`; undefined when it is not set. @throws SluiceError CONFIG */
export function remoteRegistry(config: Config, env: Env): RemoteRegistry | undefined {
  const urls = config.get(KEYS.schemaRegistryUrl);
  // `mock://` is ksqlDB's URL for a registry inside the process.
  if (urls.length === 0 || urls[0]!.startsWith('mock://')) return undefined;
  for (const url of urls)
    if (!/^https?:\/\/[^/]/.test(url))
      throw new SluiceError('CONFIG', `ksql.schema.registry.url holds "${url}", which is not an http or https URL`, {
        hint: `ksql.schema.registry.url=http://${url.replace(/^\w+:\/\//, '')}`,
      });
  const send = httpSender(tlsSettings(config, 'ksql.schema.registry.'));
  const info = config.get(KEYS.schemaRegistryBasicAuthUserInfo);
  const colon = info?.indexOf(':') ?? -1;
  const headers: Record<string, string> = {};
  for (const [name, value] of config.entries())
    if (name.startsWith(HEADER_PREFIX)) headers[name.slice(HEADER_PREFIX.length)] = value;
  const token = config.get(KEYS.schemaRegistryBearerAuthToken);
  if (token !== undefined) headers['Authorization'] = `Bearer ${token}`;
  const registry = new HttpSchemaRegistry({
    urls: urls.join(','),
    fetch: async (url, init) => {
      const answer = await send({ ...init, url, timeoutMs: TIMEOUT_MS });
      return { status: answer.status, text: () => Promise.resolve(answer.text) };
    },
    sleep: (ms) => env.timers.sleep(ms),
    headers,
    ...(info === undefined || colon < 0 ? {} : { user: info.slice(0, colon), password: info.slice(colon + 1) }),
  });
  return facesOf(registry, env);
}

/** A registry that other programs write to as well: schemas that codecs need are fetched on demand. */
export function facesOf(registry: SchemaRegistry, env: Env): RemoteRegistry {
  const codecs = new CachedCodecRegistry(registry, {
    nowMs: () => env.clock.monotonicMs(),
    sleep: (ms) => env.timers.sleep(ms),
  });
  return {
    registry,
    codecs,
    loadSchemas: loaderOf(codecs),
    async prepareCodecs(topic) {
      // Codecs that write use the newest schema of a subject, which another program may have registered.
      for (const [info, isKey] of [
        [topic.keyFormat, true],
        [topic.valueFormat, false],
      ] as const) {
        if (formatNamed(info.format).schemaInference)
          await codecs.loadLatest(info.properties['subjectName'] ?? subjectOf(topic.name, isKey));
        const id = Number(info.properties['schemaId']);
        if (Number.isSafeInteger(id)) await codecs.load(id);
      }
    },
  };
}
