import type { RawConfig } from '../api/config-spec.ts';
import { messageOf } from '../../base/errors.ts';
import { propertyLines } from '../../base/properties-text.ts';
import { RequestError } from './request-error.ts';

/** Where secrets come from; the real files and environment are handed in by main. */
export interface SecretSources {
  /** Text of a file. Rejects when it cannot be read. */
  readFile(path: string): Promise<string>;
  environment(name: string): string | undefined;
}

const REFERENCE = /\$\{([^}]*?):(([^}]*?):)?([^}]*?)\}/g;

/**
 * Replaces `${file:PATH:KEY}` (a properties file), `${dir:PATH:FILE}` and `${env:NAME}`. A key that the provider lacks, and a
 * provider we don't have, stay as they are, as in Kafka's ConfigTransformer.
 * @throws RequestError 500 when a file cannot be read
 */
export async function resolveSecrets(
  config: RawConfig,
  sources: SecretSources,
): Promise<{ config: RawConfig; secrets: string[] }> {
  const resolved: Record<string, string> = {};
  const secrets: string[] = [];
  const files = new Map<string, Map<string, string>>();
  const lookup = async (provider: string, path: string | undefined, key: string): Promise<string | undefined> => {
    switch (provider) {
      case 'env':
        return sources.environment(key);
      case 'file': {
        let properties = files.get(path ?? '');
        if (!properties) {
          try {
            properties = new Map(
              propertyLines(await sources.readFile(path ?? '')).map(({ key: k, value }) => [k, value ?? '']),
            );
          } catch (error) {
            throw new RequestError(500, `Could not read properties from file ${path ?? ''}`, { cause: error });
          }
          files.set(path ?? '', properties);
        }
        return properties.get(key);
      }
      case 'dir':
      case 'directory': {
        if (key.includes('/') || key.includes('..')) return undefined;
        try {
          return await sources.readFile(`${path ?? '.'}/${key}`);
        } catch (error) {
          throw new RequestError(500, `Could not read file ${path ?? '.'}/${key}: ${messageOf(error)}`, {
            cause: error,
          });
        }
      }
      default:
        return undefined;
    }
  };
  for (const [name, value] of Object.entries(config)) {
    let text = '';
    let at = 0;
    for (const found of value.matchAll(REFERENCE)) {
      const [whole, provider, , path, key] = found;
      const secret = await lookup(provider!, path, key!);
      text += value.slice(at, found.index) + (secret ?? whole);
      if (secret !== undefined) secrets.push(secret);
      at = found.index + whole.length;
    }
    resolved[name] = text + value.slice(at);
  }
  return { config: resolved, secrets };
}
