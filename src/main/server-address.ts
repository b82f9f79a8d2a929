import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { didYouMean } from '../base/suggest.ts';
import { serverUrl } from '../cli/address.ts';
import { ClientError } from '../client/client-error.ts';
import { SluiceClient } from '../client/sluice-client.ts';
import { unreachable, type Transport } from '../client/transport.ts';
import { HttpsTransport } from '../host/https-transport.ts';
import { tlsOptions } from '../tls/tls-options.ts';
import { parseProperties } from './properties-file.ts';

/** The file of profiles: `[name]` followed by `url`, `user`, `password`, `token` and Kafka's `ssl.*`, one per line. */
const PROFILES_FILE = path.join(homedir(), '.sluice', 'profiles');
export const DEFAULT_SERVER = 'http://localhost:8088';

type Profile = Readonly<Record<string, string>>;

/**
 * The client of a server, given by URL (which may contain a user and password), host:port, host, or the name of a
 * profile.
 * @param more further settings: `user`, `password`, `token`, `ssl.*`; they take precedence over those of a profile
 * @throws Error when the address is none of these, or the profile has no url
 */
export function clientOf(address: string, more: Profile = {}, profilesFile = PROFILES_FILE): SluiceClient {
  const profile = { ...profileNamed(address, profilesFile), ...more };
  const url = serverUrl(profile['url'] ?? address);
  const { user, password, token } = profile;
  const ssl = Object.fromEntries(Object.entries(profile).filter(([key]) => key.startsWith('ssl.')));
  return new SluiceClient({
    url,
    ...(token === undefined ? {} : { token }),
    ...(user === undefined ? {} : { credentials: { user, password: password ?? '' } }),
    ...(Object.keys(ssl).length === 0 ? {} : { transport: withTls(ssl) }),
  });
}

function withTls(ssl: Profile): Transport {
  const transport = new HttpsTransport(
    tlsOptions({ get: (name) => ssl[name], readFile: (file) => readFileSync(file) }),
  );
  return {
    request: async (request) => {
      try {
        return await transport.request(request);
      } catch (error) {
        throw error instanceof ClientError ? error : unreachable(request.url, error, request.signal);
      }
    },
  };
}

/** The profile of that name; a profile takes precedence over a host of the same name, such as `prod`. */
function profileNamed(name: string, file: string): Profile {
  if (/[:/.]/.test(name)) return {};
  const profiles = readProfiles(file);
  const found = profiles.get(name);
  if (found !== undefined && found['url'] === undefined) throw new Error(`Profile ${name} of ${file} does not say url`);
  if (found === undefined && profiles.size > 0 && name !== 'localhost') {
    const near = didYouMean(name, [...profiles.keys()]);
    if (near !== undefined) throw new Error(`There is no profile ${name} in ${file}. ${near}`);
  }
  return found ?? {};
}

function readProfiles(file: string): Map<string, Profile> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return new Map();
  }
  const profiles = new Map<string, Profile>();
  for (const part of text.split(/^(?=\s*\[)/m)) {
    const name = /^\s*\[([^\]\n]+)\]\s*$/m.exec(part)?.[1]?.trim();
    if (name !== undefined) profiles.set(name, parseProperties(part.replace(/^\s*\[[^\n]*\n?/, '')));
  }
  return profiles;
}
