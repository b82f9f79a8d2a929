import type { ConnectClient, ConnectorConfig } from '../../connect/client/api.ts';

/** Names that hold secrets in the configs of plugins whose tables we do not know. */
const SECRET_NAME =
  /pass(word|wd|phrase)?|secret|token|credential|private[._-]?key|api[._-]?key|access[._-]?key|sasl\.jaas|auth\.user\.info/i;
/** `user:password@` in URLs, `password=` in JDBC parameters. */
const URL_PASSWORD = /(:\/\/[^:@/\s]*:)[^@\s]+(@)/g;
const PARAMETER_PASSWORD = /([?&;]password=)[^&;\s]+/gi;

/** Connect's text for a hidden value. */
export const HIDDEN = '[hidden]';

/** Settings of type PASSWORD by plugin class, of clusters that were asked. */
const passwordKeys = new WeakMap<ConnectClient, Map<string, Promise<ReadonlySet<string>>>>();

/**
 * A config fit to be shown: by the plugin's own definitions (type PASSWORD), and by the pattern of names for what they do not define (a
 * converter's, a transform's). References to secrets (`${file:...}`) stay.
 */
export async function maskConfig(connect: ConnectClient, config: ConnectorConfig): Promise<ConnectorConfig> {
  const masked = connect.embedded?.maskConfig(config) ?? config;
  const secrets = connect.embedded ? NONE : await secretsOf(connect, config['connector.class']);
  return Object.fromEntries(
    Object.entries(masked).map(([name, value]) => [
      name,
      secrets.has(name) && !isReference(value) ? HIDDEN : maskValue(name, value),
    ]),
  );
}

const NONE: ReadonlySet<string> = new Set();

function secretsOf(connect: ConnectClient, connectorClass: string | undefined): Promise<ReadonlySet<string>> {
  if (connectorClass === undefined) return Promise.resolve(NONE);
  let known = passwordKeys.get(connect);
  if (!known) passwordKeys.set(connect, (known = new Map()));
  let found = known.get(connectorClass);
  if (!found) {
    found = connect
      .pluginConfig(connectorClass)
      .then((keys) => new Set(keys.filter((k) => k.type === 'PASSWORD').map((k) => k.name)));
    known.set(connectorClass, found);
    // A worker that does not answer, or does not know the plugin: the names must do, and it is asked again.
    found.catch(() => known.delete(connectorClass));
  }
  return found.catch(() => NONE);
}

function isReference(value: string): boolean {
  return /^\$\{[^}]+\}$/.test(value);
}

function maskValue(name: string, value: string): string {
  if (isReference(value)) return value;
  if (SECRET_NAME.test(name)) return HIDDEN;
  return value.replaceAll(URL_PASSWORD, `$1${HIDDEN}$2`).replaceAll(PARAMETER_PASSWORD, `$1${HIDDEN}`);
}
