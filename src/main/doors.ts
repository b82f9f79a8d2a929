import { KEYS } from '../config/keys.ts';
import { hostname } from 'node:os';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { Env } from '../base/env.ts';
import type { Config } from '../base/config/config.ts';
import type { ConfigKey } from '../base/config/key.ts';
import type { App } from '../server/app.ts';
import { corsOf } from '../server/cors.ts';
import { callerOf, foreignPage, type Site } from '../server/foreign-pages.ts';
import { listen, type HttpHandler, type UpgradeHandler } from '../server/listener.ts';

/** An address that is taken, and answers 503 until what it serves is there. */
export interface Door {
  /** As others reach it: `http://host:port`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  serve(handler: HttpHandler, upgrade?: UpgradeHandler): void;
  /** Answers 503 again. */
  shut(): void;
}

export interface DoorOptions {
  /** The setting that names the address. */
  readonly setting: ConfigKey<readonly string[]>;
  /** Whether what is served looks at users itself, and takes WebSockets. */
  readonly checksUsers: boolean;
  readonly users: App['auth'];
}

/**
 * Takes the address of a setting, for this machine alone unless the configuration says otherwise, and keeps pages of
 * other sites out. Undefined where the setting is empty.
 * @throws SluiceError CONFIG when the address is taken, or open to others without users
 */
export async function openDoor(
  config: Config,
  env: Env,
  closers: (() => Promise<unknown>)[],
  { setting: key, checksUsers, users }: DoorOptions,
): Promise<Door | undefined> {
  const setting = key.name;
  const address = config.get(key)[0];
  if (address === undefined) return undefined;
  const { host, port } = parseAddress(setting, address);
  if (!isLoopback(host) && users === undefined) {
    if (!config.get(KEYS.listenersUnprotectedEnable))
      throw new SluiceError(
        'CONFIG',
        `${setting}=${address} would let anybody in who reaches this machine: there are no users`,
        {
          hint: 'authentication.method=BASIC asks for users; listeners.unprotected.enable=true lets everybody in; http://127.0.0.1 is for this machine alone',
        },
      );
    env.logger.warn('Anybody who reaches this machine may use this listener: there are no users', {
      [setting]: address,
    });
  }
  const site = siteOf(config, host);
  let refusal = 'Server initializing';
  const refuse: HttpHandler = (_request, response) => answer(response, 503, 50302, refusal);
  let handle = refuse;
  let upgrade: UpgradeHandler = (_request, socket) => socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
  try {
    const listener = await listen(
      host,
      port,
      (request, response) => {
        const foreign = foreignPage(callerOf(request), site);
        if (foreign !== undefined) return answer(response, 403, 40300, foreign);
        if (users !== undefined && !checksUsers && !users.allows(request.headers['authorization']))
          return answer(response, 401, 40100, 'Unauthorized', { 'www-authenticate': 'Basic realm="sluice"' });
        return handle(request, response);
      },
      {
        timers: env.timers,
        headersTimeoutMs: config.get(KEYS.listenersHeadersTimeoutMs),
        maxConnections: config.get(KEYS.listenersMaxConnections),
        onFault: (error) => env.logger.error('A request failed', { error: messageOf(error) }),
        onUpgrade: checksUsers
          ? (request, socket, head) => {
              if (foreignPage(callerOf(request), site) === undefined) upgrade(request, socket, head);
              else socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
            }
          : undefined,
      },
    );
    closers.push(() => listener.close());
    const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
    return {
      host: shown,
      port: listener.port,
      url: `http://${shown}:${listener.port}`,
      serve: (handler, forUpgrades) => {
        handle = handler;
        if (forUpgrades) upgrade = forUpgrades;
      },
      shut: () => {
        refusal = 'The server is shutting down';
        handle = refuse;
      },
    };
  } catch (cause) {
    throw cannotListen(setting, address, port, cause);
  }
}

function answer(
  response: unknown,
  status: number,
  code: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const out = response as {
    statusCode: number;
    setHeader(name: string, value: string): void;
    end(bytes: Buffer): void;
  };
  out.statusCode = status;
  for (const [name, value] of Object.entries({ 'content-type': 'application/json', ...headers }))
    out.setHeader(name, value);
  out.end(Buffer.from(JSON.stringify({ '@type': 'generic_error', error_code: code, message })));
}

function siteOf(config: Config, host: string): Site {
  const advertised = config.get(KEYS.advertisedListener);
  const names = [host, hostname(), ...config.get(KEYS.listenersAllowedHosts)];
  if (advertised !== undefined && URL.canParse(advertised)) names.push(new URL(advertised).hostname);
  return { names: names.map((name) => name.toLowerCase()), cors: corsOf(config) };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function cannotListen(setting: string, address: string, port: number, cause: unknown): SluiceError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new SluiceError('CONFIG', `Port ${port} is taken by another process (${setting}=${address})`, {
      cause,
      hint: `Another port: --set ${setting}=${address.replace(/:\d+/, `:${port + 10}`)}. If a Sluice is running there: sluice cli http://localhost:${port}`,
    });
  return new SluiceError('CONFIG', `Cannot listen on ${setting}=${address}: ${messageOf(cause)}`, { cause });
}

/** `http://0.0.0.0:8088` -> host and port. @throws SluiceError CONFIG */
function parseAddress(setting: string, listener: string): { readonly host: string; readonly port: number } {
  if (!URL.canParse(listener) || new URL(listener).protocol !== 'http:')
    throw new SluiceError('CONFIG', `${setting} holds "${listener}", which is not of the form http://host:port`);
  const url = new URL(listener);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? 80 : Number(url.port) };
}
