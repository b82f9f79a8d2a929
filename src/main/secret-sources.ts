import { readFile } from 'node:fs/promises';
import type { Config } from '../base/config/config.ts';
import type { Env } from '../base/env.ts';
import { SluiceError } from '../base/errors.ts';
import { Stretch } from '../base/stretch.ts';
import { KEYS } from '../config/keys.ts';
import { badRequest } from '../connect/worker/request-error.ts';
import type { ConnectClient } from '../connect/client/api.ts';
import { resolvingClient } from '../connect/client/resolving-client.ts';
import { resolveSecrets, type SecretSources } from '../connect/worker/config/secrets.ts';
import { openStoreAhead } from '../tls/tls-options.ts';
import { AllowedFiles } from './allowed-files.ts';
import { vaultOf } from './vault.ts';

const PROVIDERS = ['secret', 'vault', 'env', 'file', 'dir'];

/** The sources of values that settings of connectors may refer to. @throws SluiceError CONFIG */
export function secretSources(
  config: Config,
  env: Env,
  environment: Readonly<Record<string, string | undefined>> | undefined,
  secret: SecretSources['secret'],
): SecretSources {
  const allowed = KEYS.connectAllowedPaths;
  const files = new AllowedFiles(config.get(allowed), config.get(KEYS.dataDir), allowed.name);
  return {
    readFile: async (file) => await readFile(await files.check(file), 'utf8'),
    environment: (name) => environment?.[name],
    secret,
    vault: vaultOf(config, env),
    allowedFile: (file) => files.check(file),
    openStoreAhead: async (file, password) => {
      const stretch = new Stretch(env);
      try {
        await openStoreAhead(await readFile(file), password, () => stretch.breathe());
      } catch {
        // A file that cannot be read is reported at its next use.
      }
    },
  };
}

/**
 * Wraps a Connect cluster so that references of some providers are replaced by their values before they are sent.
 * @param setting the name of the setting, for errors
 * @throws SluiceError CONFIG for an unknown provider
 */
export function resolvingFor(
  cluster: ConnectClient,
  providers: readonly string[],
  sources: SecretSources,
  setting: string,
): ConnectClient {
  const unknown = providers.find((provider) => !PROVIDERS.includes(provider));
  if (unknown !== undefined)
    throw new SluiceError('CONFIG', `${setting} has no provider ${unknown}`, {
      hint: `They are ${PROVIDERS.join(', ')}.`,
    });
  return resolvingClient(cluster, providers, async (given) => {
    const { config, lacking } = await resolveSecrets(given, sources, providers);
    if (lacking.length > 0) throw badRequest(lacking.join('\n'));
    return config;
  });
}
