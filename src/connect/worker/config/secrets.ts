import type { RawConfig } from '../../api/config-spec.ts';
import { isSluiceError, messageOf } from '../../../base/errors.ts';
import { REFERENCE } from '../../../base/secrets/references.ts';
import { propertyLines } from '../../../base/properties-text.ts';
import { badRequest, RequestError } from '../request-error.ts';

/** What connectors may use of the outside world; main provides the real files and environment. */
export interface SecretSources {
  /** The text of a file. Rejects when it cannot be read or must not be. */
  readFile(path: string): Promise<string>;
  /** Undefined: not set, or not available to connectors. */
  environment(name: string): string | undefined;
  /** Looks up a key of an SQL secret. Absent: there are none. */
  readonly secret?: ((name: string, key: string) => Promise<SecretLookup>) | undefined;
  /** Looks up a key of a secret in a vault. Absent: no vault is configured. */
  readonly vault?: ((path: string, key: string) => Promise<SecretLookup>) | undefined;
  /**
   * The absolute path of a file that a connector may read or write. Rejects other files. Absent: any file is allowed.
   */
  allowedFile?(path: string): Promise<string>;
  /**
   * Called with a key store or trust store that a connector may use, before its code reads it: opening one takes long,
   * and clients wait for what a connector's code does in one piece. Never rejects.
   */
  openStoreAhead?(path: string, password: string | undefined): Promise<void>;
}

/** The value of a reference, or a sentence that explains why there is none. */
export type SecretLookup = { readonly value: string } | { readonly missing: string };

/**
 * Replaces `${secret:NAME:KEY}`, `${vault:PATH:KEY}`, `${file:PATH:KEY}` (a properties file), `${dir:PATH:FILE}` and
 * `${env:NAME}`. Kafka's ConfigTransformer leaves a reference unchanged when it does not find it, so that a mistyped
 * `${env:PASSWORT}` would be sent to the database as a password; here it is an error. `lacking`: keys that files do not
 * contain, which stay unchanged until the connector is to run.
 * @param only the providers whose references are resolved; others stay unchanged
 * @throws RequestError 400 for another provider, and for a variable that is not set; 500 when a file cannot be read
 */
export async function resolveSecrets(
  config: RawConfig,
  sources: SecretSources,
  only?: readonly string[],
): Promise<{ config: RawConfig; secrets: string[]; lacking: string[] }> {
  const lacking: string[] = [];
  const resolved: Record<string, string> = {};
  const secrets: string[] = [];
  const files = new Map<string, Map<string, string>>();
  const read = async (file: string, what: string): Promise<string> => {
    try {
      return await sources.readFile(file);
    } catch (error) {
      // Only Kafka's words where the file does not exist; ours where it exists and must not be read.
      if (isSluiceError(error)) throw badRequest(`Could not read ${what}: ${error.message}`);
      throw new RequestError(500, `Could not read ${what}`, { cause: error });
    }
  };
  const lookup = async (provider: string, path: string | undefined, key: string): Promise<string | Missing> => {
    switch (provider) {
      case 'env':
        return (
          sources.environment(key) ??
          missing(
            `there is no environment variable ${key} for connectors`,
            'connect.allowed.environment says which there are',
          )
        );
      case 'file': {
        if (path === undefined) return missing('a reference to a file is ${file:PATH:KEY}');
        let properties = files.get(path);
        if (!properties) {
          const lines = propertyLines(await read(path, `properties from file ${path}`));
          properties = new Map(lines.map(({ key: k, value }) => [k, value ?? '']));
          files.set(path, properties);
        }
        return properties.get(key) ?? { ...missing(`${path} has no key ${key}`), isLiteral: true };
      }
      case 'dir':
      case 'directory':
        if (key.includes('/') || key.includes('..'))
          return missing(`${key} is not the name of a file in ${path ?? '.'}`);
        return await read(`${path ?? '.'}/${key}`, `file ${path ?? '.'}/${key}`);
      case 'secret':
        if (path === undefined) return missing('a reference to a secret is ${secret:NAME:KEY}');
        if (sources.secret === undefined) return missing('this server keeps no secrets');
        return await asked(sources.secret(path, key), `secret ${path}`);
      case 'vault':
        if (path === undefined) return missing('a reference to a vault is ${vault:MOUNT/PATH:KEY}');
        if (sources.vault === undefined) return missing('no vault is configured', 'vault.address');
        return await asked(sources.vault(path, key), `${path} in the vault`);
      default:
        return missing(`there is no provider ${provider}: secret, vault, file, dir and env are`);
    }
  };
  /** Waits for a value. If the provider does not answer, the value is missing, with the cause: it may answer later. */
  const asked = async (found: Promise<SecretLookup>, what: string): Promise<string | Missing> => {
    try {
      return valueOf(await found);
    } catch (error) {
      throw new RequestError(
        isSluiceError(error) && error.retriable ? 503 : 400,
        `${what} cannot be looked up: ${messageOf(error)}`,
        { cause: error },
      );
    }
  };
  for (const [name, value] of Object.entries(config)) {
    let text = '';
    let at = 0;
    for (const found of value.matchAll(REFERENCE)) {
      const [whole, provider, , path, key] = found;
      if (only?.includes(provider!) === false) continue;
      const secret = await lookup(provider!, path, key!);
      if (typeof secret !== 'string') {
        const message = `${name}: ${whole} cannot be looked up: ${secret.why}`;
        if (secret.isLiteral !== true) throw badRequest(message);
        lacking.push(message);
        text += value.slice(at, found.index + whole.length);
        at = found.index + whole.length;
        continue;
      }
      text += value.slice(at, found.index) + secret;
      secrets.push(secret);
      at = found.index + whole.length;
    }
    resolved[name] = text + value.slice(at);
  }
  return { config: resolved, secrets, lacking };
}

function valueOf(found: SecretLookup): string | Missing {
  return 'value' in found ? found.value : missing(found.missing);
}

interface Missing {
  readonly why: string;
  /** Validation takes the reference literally, as Kafka's does: the key may exist when the connector starts. */
  readonly isLiteral?: boolean;
}

function missing(why: string, hint?: string): Missing {
  return { why: hint === undefined ? why : `${why} (${hint})` };
}
