import { must } from '../base/assert.ts';
import { KEYS } from '../config/keys.ts';
import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import type { Duplex } from 'node:stream';
import type { TlsOptions, TLSSocket } from 'node:tls';
import type { Authenticator, Recognition } from '../access/authenticator.ts';
import type { TooSoon } from '../access/wrong-passwords.ts';
import { distinguishedName, principalMapper, type PrincipalMapper } from '../access/principal.ts';
import type { AuditLog } from '../base/audit.ts';
import { ERRORS, EXACT_CODES, messageOf, SluiceError, STARTING } from '../base/errors.ts';
import type { Env } from '../base/env.ts';
import { type Caller, NOBODY } from '../base/rights.ts';
import type { Config } from '../base/config/config.ts';
import { corsOf } from '../server/cors.ts';
import { wantsPage } from '../server/routes/console.ts';
import { callerOf, foreignPage, type Site } from '../server/foreign-pages.ts';
import {
  listen,
  type CallerHandler,
  type CallerUpgradeHandler,
  type HttpHandler,
  type HttpRequest,
  type Listener,
  type UpgradeHandler,
} from '../server/listener.ts';
import { clientAuthentication, serverTlsOptions } from '../tls/server-options.ts';
import type { TlsProperties } from '../tls/tls-options.ts';
import type { Closers } from './closers.ts';
import { connectionsWithin, openFilesMax } from './open-files.ts';
import { watchFiles } from './watch-files.ts';

/** The limit that connections reached: that of a listener or, with `client`, that of one client of the listener. */
export interface ConnectionLimit {
  readonly most: number;
  readonly client?: string | undefined;
}

/** Listeners on the addresses of a setting, which respond with 503 until the service behind them is available. */
export interface Door {
  /** The first address, as clients reach it: `http://host:port`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  serve(handler: CallerHandler, upgrade?: CallerUpgradeHandler): void;
  /** Responds with 503 again. */
  shut(): void;
}

export interface DoorOptions {
  /** The name of the setting that contains `addresses`. */
  readonly setting: string;
  readonly addresses: readonly string[];
  /** Whether the service accepts WebSockets. */
  readonly webSockets: boolean;
  readonly users: Authenticator | undefined;
  readonly audit: AuditLog;
  /** Kafka's `ssl.*` settings for the https addresses. */
  readonly tls: TlsProperties;
  /** Called from time to time while connections are closed because the maximum is reached. */
  readonly onRefused?: (setting: string, limit: ConnectionLimit) => void;
}

/**
 * Listens on the addresses of a setting, rejects pages of other sites, and passes the authenticated caller to the
 * service. Other machines are permitted only with authentication and over TLS, unless the configuration says otherwise.
 * Undefined when the setting is empty.
 * @throws SluiceError CONFIG when an address is in use, or reachable by others without authentication or TLS
 */
export async function openDoor(
  config: Config,
  env: Env,
  closers: Closers,
  options: DoorOptions,
): Promise<Door | undefined> {
  const { setting, addresses, users, audit } = options;
  if (addresses.length === 0) return undefined;
  const parsed = addresses.map((address) => parseAddress(setting, address));
  const tls = parsed.some(({ isTls }) => isTls) ? new ListenerTls(options.tls) : undefined;
  if (parsed.some(({ isTls }) => !isTls) && clientAuthentication(options.tls) !== 'NONE')
    env.logger.warn('Clients show no certificates where there is no TLS, whatever ssl.client.authentication says', {
      [setting]: addresses.join(', '),
    });
  for (const [i, { host, isTls }] of parsed.entries())
    checkExposure(config, env, {
      setting,
      address: must(addresses[i], 'address'),
      host,
      isTls,
      hasUsers: users !== undefined,
      tls,
    });
  let refusal = 'Server initializing';
  let advice: string | undefined = STARTING;
  // A browser reloads by itself until the page is available.
  const refuse: CallerHandler = ({ headers }, response) =>
    answer(response, ERRORS.NOT_READY, refusal, wantsPage(headers['accept']) ? { refresh: '1' } : {}, advice);
  let handle = refuse;
  let upgrade: CallerUpgradeHandler = (_request, stream) => stream.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
  const mapName = principalMapper(config.get(KEYS.sslPrincipalMappingRules), KEYS.sslPrincipalMappingRules.name);
  /** The caller of each connection without authentication. */
  const anybody = new WeakMap<Socket, Caller>();
  const anybodyOf = (socket: Socket): Caller => {
    let caller = anybody.get(socket);
    if (caller === undefined) {
      // Every caller is permitted everything, but the name in its certificate is recorded.
      caller = {
        name: certificateUserOf(socket, mapName),
        from: socket.remoteAddress ?? 'gone',
        may: () => true,
      };
      anybody.set(socket, caller);
    }
    return caller;
  };
  const recognize = async (request: HttpRequest, socket: Socket, users: Authenticator): Promise<Recognition> => {
    const from = socket.remoteAddress ?? 'gone';
    const certificateUser = certificateUserOf(socket, mapName);
    const recognized = await users.recognize({
      authorization: request.headers['authorization'],
      certificateUser,
      from,
    });
    if (recognized === 'refused')
      audit.record({ caller: { ...NOBODY, from }, action: 'authenticate', target: setting, outcome: 'denied' });
    return recognized;
  };
  const sites = parsed.map(({ host }) => siteOf(config, host));
  const opened: Listener[] = [];
  const maxConnections = connectionsWithin(config.get(KEYS.listenersMaxConnections), openFilesMax());
  const maxConnectionsPerClient = Math.min(
    maxConnections,
    config.get(KEYS.listenersMaxConnectionsPerIp) ?? Math.ceil(maxConnections / 2),
  );
  for (const [i, { host, port, isTls }] of parsed.entries()) {
    const site = must(sites[i], 'site');
    const serveRequest: HttpHandler = async (request, response, socket) => {
      const foreign = foreignPage(callerOf(request), site);
      if (foreign !== undefined) return answer(response, EXACT_CODES.FOREIGN_PAGE, foreign);
      if (users === undefined) return await handle(request, response, anybodyOf(socket));
      const caller = await recognize(request, socket, users);
      if (caller === 'busy') return answer(response, ERRORS.NOT_READY, 'Who asks cannot be found out now: try again');
      if (isTooSoon(caller))
        return answer(response, ERRORS.RATE_LIMIT, 'Too many wrong passwords: try again later', {
          'retry-after': String(caller.retryAfterS),
        });
      return await handle(request, response, typeof caller === 'string' ? undefined : caller);
    };
    const serveUpgrade: UpgradeHandler = (request, stream, head, socket) => {
      if (foreignPage(callerOf(request), site) !== undefined) return endUpgrade(stream, '403 Forbidden');
      if (users === undefined) return upgrade(request, stream, head, anybodyOf(socket));
      void recognize(request, socket, users).then((caller) => {
        if (caller === 'busy') endUpgrade(stream, '503 Service Unavailable');
        else if (isTooSoon(caller)) endUpgrade(stream, '429 Too Many Requests', caller.retryAfterS);
        else upgrade(request, stream, head, typeof caller === 'string' ? undefined : caller);
      });
    };
    try {
      const listener = await listen(host, port, serveRequest, {
        env,
        headersTimeoutMs: config.get(KEYS.listenersHeadersTimeoutMs),
        maxConnections,
        maxConnectionsPerClient,
        onRefused: (client) => {
          env.logger.warn('Connections are closed: there are as many as there may be', {
            setting,
            ...(client === undefined ? { maxConnections } : { client, maxConnectionsPerClient }),
          });
          options.onRefused?.(
            setting,
            client === undefined ? { most: maxConnections } : { most: maxConnectionsPerClient, client },
          );
        },
        onFlood: (client) =>
          env.logger.warn('A connection was closed for a flood: its client is served in slices for five minutes', {
            setting,
            client,
          }),
        onFault: (error) => env.logger.error('A request failed', { error: messageOf(error) }),
        onUpgrade: options.webSockets ? serveUpgrade : undefined,
        tls: isTls ? tls?.options : undefined,
      });
      closers.push(setting, () => listener.close());
      opened.push(listener);
    } catch (cause) {
      throw cannotListen(setting, must(addresses[i], 'address'), port, cause);
    }
  }
  if (tls !== undefined) {
    const secure = opened.filter((_, i) => must(parsed[i], 'parsed value').isTls);
    const every = config.get(KEYS.listenersReloadIntervalMs);
    const stop = watchFiles(
      () => tls.files,
      every,
      env.timers,
      () => {
        try {
          tls.read();
          for (const listener of secure) listener.renewCertificates(tls.options);
          env.logger.info('Certificates were read anew', { setting });
        } catch (error) {
          env.logger.error('Certificates cannot be read: they stay as they were', { error: messageOf(error) });
        }
      },
    );
    closers.push('certificates', async () => stop());
  }
  const first = must(opened[0], 'listener');
  const { host, isTls } = must(parsed[0], 'parsed value');
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return {
    host: shown,
    port: first.port,
    url: `${isTls ? 'https' : 'http'}://${shown}:${first.port}`,
    serve: (handler, forUpgrades) => {
      handle = handler;
      if (forUpgrades) upgrade = forUpgrades;
    },
    shut: () => {
      refusal = 'The server is shutting down';
      advice = undefined;
      handle = refuse;
    },
  };
}

/** The TLS options of a listener's addresses, and the files that they were read from. */
class ListenerTls {
  readonly files = new Set<string>();
  readonly #properties: TlsProperties;
  options: TlsOptions;

  constructor(properties: TlsProperties) {
    this.#properties = {
      ...properties,
      readFile: (file) => {
        this.files.add(file);
        return properties.readFile(file);
      },
    };
    this.options = serverTlsOptions(this.#properties);
  }

  /** Reads the files again. @throws SluiceError CONFIG, and the options stay as they were */
  read(): void {
    this.options = serverTlsOptions(this.#properties);
  }

  /** Whether every client needs a trusted certificate. */
  get requiresCertificates(): boolean {
    return this.options.requestCert === true && this.options.rejectUnauthorized === true;
  }
}

interface Exposed {
  readonly setting: string;
  readonly address: string;
  readonly host: string;
  readonly isTls: boolean;
  readonly hasUsers: boolean;
  readonly tls: ListenerTls | undefined;
}

/**
 * @throws SluiceError CONFIG when an unprotected listener is reachable from other machines and the configuration does
 * not permit that
 */
function checkExposure(config: Config, env: Env, { setting, address, host, isTls, hasUsers, tls }: Exposed): void {
  if (isLoopback(host)) return;
  const isGuarded = hasUsers || (isTls && tls!.requiresCertificates);
  const isUnprotected = config.get(KEYS.listenersUnprotectedEnable);
  if (!isGuarded) {
    if (!isUnprotected)
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
  } else if (!isTls) {
    if (!isUnprotected && !config.get(KEYS.listenersCleartextEnable))
      throw new SluiceError(
        'CONFIG',
        `${setting}=${address} would send passwords and rows over the network as they are: there is no TLS`,
        {
          hint: 'https:// with ssl.keystore.location is TLS; listeners.cleartext.enable=true where a proxy in front has it; http://127.0.0.1 is for this machine alone',
        },
      );
    env.logger.warn('Passwords and rows go over the network as they are on this listener: there is no TLS', {
      [setting]: address,
    });
  }
}

/** The user that a connection's certificate names; undefined without a certificate, or when it is not trusted. */
function certificateUserOf(socket: Socket, mapName: PrincipalMapper): string | undefined {
  const { authorized, getPeerX509Certificate } = socket as Partial<TLSSocket>;
  if (authorized !== true || getPeerX509Certificate === undefined) return undefined;
  const certificate = (socket as TLSSocket).getPeerX509Certificate();
  return certificate === undefined ? undefined : mapName(distinguishedName(certificate.subject));
}

function isTooSoon(recognized: Recognition): recognized is TooSoon {
  return typeof recognized === 'object' && 'retryAfterS' in recognized;
}

function endUpgrade(stream: Duplex, status: string, retryAfterS?: number): void {
  const retry = retryAfterS === undefined ? '' : `Retry-After: ${retryAfterS}\r\n`;
  stream.end(`HTTP/1.1 ${status}\r\n${retry}Connection: close\r\nContent-Length: 0\r\n\r\n`);
}

function answer(
  response: unknown,
  { status, restCode }: { readonly status: number; readonly restCode: number },
  message: string,
  headers: Readonly<Record<string, string>> = {},
  hint?: string,
): void {
  const out = response as {
    statusCode: number;
    setHeader(name: string, value: string): void;
    end(bytes: Buffer): void;
  };
  out.statusCode = status;
  for (const [name, value] of Object.entries({ 'content-type': 'application/json', ...headers }))
    out.setHeader(name, value);
  out.end(Buffer.from(JSON.stringify({ '@type': 'generic_error', error_code: restCode, message, hint })));
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

/** Parses an address such as `https://0.0.0.0:8088`. @throws SluiceError CONFIG */
function parseAddress(
  setting: string,
  listener: string,
): { readonly host: string; readonly port: number; readonly isTls: boolean } {
  if (!URL.canParse(listener) || !/^https?:$/.test(new URL(listener).protocol))
    throw new SluiceError('CONFIG', `${setting} holds "${listener}", which is not of the form http://host:port`);
  const url = new URL(listener);
  const isTls = url.protocol === 'https:';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
    isTls,
  };
}
