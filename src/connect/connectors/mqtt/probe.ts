import { isSluiceError, messageOf } from '../../../base/errors.ts';
import type { Config, ConfigProblem } from '../../api/config-spec.ts';
import type { ProbeContext } from '../../api/connector.ts';
import { AccessRefused } from '../internal/access-refused.ts';
import { CONNECTION } from './connection-keys.ts';
import { addressesText } from './identity.ts';
import { MqttLink } from './link.ts';

/**
 * Checks that the server is reachable and accepts the login, under another client id, since a session has one client.
 */
export async function probeServer(config: Config, { env }: ProbeContext): Promise<readonly ConfigProblem[]> {
  const invalid = (key: string, value: string, reason: string): ConfigProblem => ({
    key,
    message: `Invalid value ${value} for configuration ${key}: ${reason}`,
  });
  const tryClient = async (clientId: string, clean: boolean): Promise<void> => {
    const link = await MqttLink.open(config, { clientId, clean });
    await link.close();
  };
  try {
    try {
      await tryClient(`sluice-look-${Math.floor(env.random.next() * 0xffff_ffff).toString(36)}`, true);
    } catch (error) {
      // Some servers accept only known client ids.
      const known = config.get(CONNECTION.clientId);
      if (!(error instanceof AccessRefused) || known === undefined) throw error;
      await tryClient(known, false);
    }
    return [];
  } catch (error) {
    const reason = messageOf(error);
    if (isSluiceError(error, 'CONFIG'))
      return [{ key: /^Invalid value for (ssl\S+):/.exec(reason)?.[1] ?? CONNECTION.uri.name, message: reason }];
    return error instanceof AccessRefused
      ? [invalid(CONNECTION.password.name, '[hidden]', reason)]
      : [invalid(CONNECTION.uri.name, addressesText(config), reason)];
  }
}
