import { tlsProblem } from '../internal/probing.ts';
import { invalidSetting, type Config, type ConfigProblem } from '../../api/config-spec.ts';
import { readFileSync } from 'node:fs';
import { createConnection, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { messageOf } from '../../../base/errors.ts';
import { tlsOptions } from '../../../tls/tls-options.ts';
import type { ProbeContext, SinkImplementation } from '../../api/connector.ts';
import type { HttpTarget } from '../internal/http-client.ts';
import { OneConfigSinkConnector } from '../internal/one-config-sink.ts';
import { AUTH } from './auth-keys.ts';
import { RequestMaker } from './request.ts';
import { Service } from './service.ts';
import { SINK } from './sink-keys.ts';
import { HttpSinkTask } from './sink-task.ts';

const CONNECT_MS = 5000;

/** Whether the service is reachable and issues a token. Nothing is sent to the service itself before a record is. */
async function probe(config: Config, context: ProbeContext): Promise<readonly ConfigProblem[]> {
  const { target } = new RequestMaker(config);
  let service: Service;
  try {
    service = new Service(config, context.env, target);
  } catch (error) {
    return [tlsProblem(error, SINK.url)];
  }
  try {
    const problem = await unreachable(target, config, context);
    if (problem !== undefined) return [invalidSetting(SINK.url.name, target.name, problem)];
    try {
      await service.checkLogin(context.signal);
    } catch (error) {
      return [invalidSetting(AUTH.oauthUrl.name, config.get(AUTH.oauthUrl) ?? '', messageOf(error))];
    }
    return [];
  } finally {
    service.close();
  }
}

/** Why no trusted connection to the server can be made; undefined if it can. */
function unreachable(
  { secure, host, port, name }: HttpTarget,
  config: Config,
  { env, signal }: ProbeContext,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const plain = createConnection({ host, port, signal });
    const properties = { get: (key: string) => config.passed(key), readFile: (path: string) => readFileSync(path) };
    const socket = secure
      ? connectTls({ socket: plain, host, ...(isIP(host) === 0 && { servername: host }), ...tlsOptions(properties) })
      : plain;
    const end = (reason: string | undefined): void => {
      cancel();
      socket.destroy();
      plain.destroy();
      resolve(reason);
    };
    const cancel = env.timers.after(CONNECT_MS, () =>
      end(`Cannot reach ${name}: no connection within ${CONNECT_MS} ms`),
    );
    socket.on(secure ? 'secureConnect' : 'connect', () => end(undefined));
    const fail = (error: NodeJS.ErrnoException): void =>
      end(`Cannot reach ${name}: ${error.message === '' ? (error.code ?? error.name) : messageOf(error)}`);
    plain.on('error', fail);
    if (secure) socket.on('error', fail);
  });
}

export const httpSinkImplementation: SinkImplementation = {
  probe,
  createConnector: () => new OneConfigSinkConnector(),
  createTask: () => new HttpSinkTask(),
};
