import { isSluiceError, messageOf, SluiceError, type ErrorCode } from '../../base/errors.ts';
import { maskText } from '../../base/secrets/mask.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import {
  ConnectRequestError,
  ConnectUnreachableError,
  type ConfigInfos,
  type ConnectClient,
  type ConnectorConfig,
} from '../../connect/client/api.ts';
import type { ConnectorName, ConnectorProperty } from '../../sql/ast/connectors.ts';
import type { SettingProblem } from '../connectors/unknown-settings.ts';
import type { Services } from '../services.ts';
import type { Session } from '../session.ts';

/** What the executors of connector statements have alike: the call, names, Connect's refusals. */

export interface Call {
  readonly services: Services;
  readonly session: Session;
  /** What the statement sees: in a script, with the effects of the statements before it. */
  readonly catalog?: Catalog | undefined;
}

export function requireConnect(services: Services): ConnectClient {
  if (services.connect) return services.connect;
  throw new SluiceError('CONNECT_UNAVAILABLE', 'No Kafka Connect worker is configured', {
    hint: 'Remove ksql.connect.url=none, or set ksql.connect.url to the URL of a Connect cluster.',
  });
}

/** The name under which Connect knows the connector: as given, or differing in case only. */
export async function findConnector(connect: ConnectClient, name: string): Promise<string | undefined> {
  const names = Object.keys(await guarded(() => connect.list(), 'Failed to list connectors: '));
  return names.includes(name) ? name : names.find((n) => n.toLowerCase() === name.toLowerCase());
}

export async function resolveName(connect: ConnectClient, name: ConnectorName): Promise<string> {
  const found = await findConnector(connect, name.name);
  if (found === undefined) throw await unknownConnector(connect, name, '');
  return found;
}

export async function unknownConnector(
  connect: ConnectClient,
  name: ConnectorName,
  prefix: string,
): Promise<SluiceError> {
  const names = Object.keys(await connect.list());
  return new SluiceError('NOT_FOUND', `${prefix}Connector ${name.name} not found`, {
    span: name.span,
    hint: didYouMean(name.name, names) ?? 'SHOW CONNECTORS; lists the connectors.',
  });
}

/** All problems in one answer; its position is the first setting that has one. */
export function validationError(
  problems: readonly SettingProblem[],
  statement: { readonly span: SluiceError['span']; readonly properties?: readonly ConnectorProperty[] },
): SluiceError {
  const at = problems
    .map((p) => statement.properties?.find((property) => property.key === p.key))
    .find((property) => property !== undefined);
  return new SluiceError('STATEMENT', `Validation error: ${problems.map((p) => p.text).join('\n')}`, {
    span: at?.span ?? statement.span,
  });
}

/** A problem as the short form and the sources of a sink tell it: `key - sentence`, or a sentence that names the key. */
export function ofText(text: string): SettingProblem {
  const key = /^([\w.]+) - /.exec(text)?.[1] ?? /configuration "?([\w.]+)"?/.exec(text)?.[1] ?? '';
  return { key, text };
}

/** What Connect's validation refused: each sentence once, and no complaint about the null that a value became. */
export function invalidSettings(infos: ConfigInfos): SettingProblem[] {
  const seen = new Set<string>();
  return infos.configs.flatMap(({ value: { name, errors } }) => {
    const told = errors.filter(
      (e) => !seen.has(e) && !(errors.length > 1 && e.startsWith(`Invalid value null for configuration ${name}:`)),
    );
    for (const e of told) seen.add(e);
    return told.length === 0 ? [] : [{ key: name, text: `${name} - ${told.join('. ')}` }];
  });
}

export function toConfig(properties: readonly ConnectorProperty[]): ConnectorConfig {
  return Object.fromEntries(properties.map((p) => [p.key, p.value]));
}

/** The topics that a sink names. */
export function sinkTopics(config: ConnectorConfig): string[] {
  return (config['topics'] ?? '')
    .split(',')
    .map((t) => t.trim())
    .filter((t) => t !== '');
}

/** `hider`: asked, when the call fails, for what takes the secrets of its settings out of the answer. */
export async function guarded<T>(
  call: () => Promise<T>,
  prefix: string,
  hider: () => Promise<Hide> = () => Promise.resolve(maskText),
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw connectError(error, prefix, await hider());
  }
}

type Hide = (text: string) => string;

/** Connect's refusal with its status; an unreachable worker as such. Without secrets: Connect repeats the settings that it refuses. */
export function connectError(given: unknown, prefix: string, hide: Hide = maskText): SluiceError {
  if (isSluiceError(given)) return given;
  const error =
    given instanceof ConnectRequestError && hide(given.message) !== given.message
      ? new ConnectRequestError(given.status, hide(given.message))
      : given;
  if (error instanceof ConnectRequestError) {
    const code: ErrorCode = error.status === 404 ? 'NOT_FOUND' : error.status === 409 ? 'CONFLICT' : 'CONNECTOR';
    return new SluiceError(code, prefix + error.message, {
      cause: error,
      status: error.status,
      restCode: error.status * 100,
    });
  }
  if (error instanceof ConnectUnreachableError) {
    return new SluiceError('CONNECT_UNAVAILABLE', prefix + hide(error.message), {
      cause: error,
      retriable: true,
      hint: 'Is the Connect worker running? See ksql.connect.url.',
    });
  }
  return new SluiceError('CONNECTOR', prefix + hide(messageOf(error)), { cause: error });
}
