import type { ConnectClient, ConnectorConfig } from '../../connect/client/api.ts';

/** Names that hold secrets in the configs of plugins whose tables we do not know. */
const SECRET_NAME =
  /pass(word|wd|phrase)?|secret|token|credential|private[._-]?key|api[._-]?key|access[._-]?key|sasl\.jaas|auth\.user\.info/i;
/** `user:password@` in URLs, `password=` in JDBC parameters. */
const URL_PASSWORD = /(:\/\/[^:@/\s]*:)[^@\s]+(@)/g;
const PARAMETER_PASSWORD = /([?&;]password=)[^&;\s]+/gi;

/** Connect's text for a hidden value. */
export const HIDDEN = '[hidden]';

/** A config fit to be shown: by the plugin's own table where the worker knows it, by the pattern of names otherwise. References to secrets (`${file:...}`) stay. */
export function maskConfig(connect: ConnectClient, config: ConnectorConfig): ConnectorConfig {
  const masked = connect.embedded?.maskConfig(config) ?? config;
  return Object.fromEntries(Object.entries(masked).map(([name, value]) => [name, maskValue(name, value)]));
}

function maskValue(name: string, value: string): string {
  if (/^\$\{[^}]+\}$/.test(value)) return value;
  if (SECRET_NAME.test(name)) return HIDDEN;
  return value.replaceAll(URL_PASSWORD, `$1${HIDDEN}$2`).replaceAll(PARAMETER_PASSWORD, `$1${HIDDEN}`);
}
