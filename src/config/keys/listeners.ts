import { from, group, guard, server } from '../server-key.ts';

/** The addresses on which the server listens, and the origins whose pages may use it. */
export const LISTENER_KEYS = group(
  'Listeners',
  {
    high: ['listeners'],
    medium: [
      'webConsoleEnable',
      'advertisedListener',
      'listenersUnprotectedEnable',
      'listenersCleartextEnable',
      'listenersAllowedHosts',
      'accessControlAllowOrigin',
    ],
  },
  {
    listeners: guard(
      server(
        'listeners',
        'LIST',
        'http://127.0.0.1:8088',
        'Addresses of the REST API, http:// or https:// (by ssl.keystore.*); one port serves HTTP/1.1 and HTTP/2.',
      ),
    ),
    webConsoleEnable: guard(
      server(
        'web.console.enable',
        'BOOLEAN',
        'true',
        'Whether the REST API’s port serves the web console under /console, for the same users.',
      ),
    ),
    advertisedListener: server(
      'ksql.advertised.listener',
      'STRING',
      null,
      'Address under which other servers reach this one.',
    ),
    listenersUnprotectedEnable: guard(
      server(
        'listeners.unprotected.enable',
        'BOOLEAN',
        'false',
        'Let listeners without users, and without TLS, be on addresses that other machines reach.',
      ),
    ),
    listenersCleartextEnable: guard(
      server(
        'listeners.cleartext.enable',
        'BOOLEAN',
        'false',
        'Let listeners without TLS, but with users, be on addresses that other machines reach: a proxy in front has it.',
      ),
    ),
    listenersAllowedHosts: guard(
      server(
        'listeners.allowed.hosts',
        'LIST',
        '',
        'Names by which clients may call this server, besides addresses, localhost, its own name and names without a dot; `*` for any.',
      ),
    ),
    listenersHeadersTimeoutMs: from(
      1,
      server(
        'listeners.headers.timeout.ms',
        'LONG',
        '30000',
        'How long a client of any listener may take from connecting until the headers of its first request are here, in ms; then its connection is closed.',
      ),
    ),
    listenersMaxConnections: from(
      1,
      server(
        'listeners.max.connections',
        'INT',
        '10000',
        'Connections that one listener has at once; one more takes the place of one that has no request, or only part of one, and is closed where there is none. At most half of the files that the system lets the process open (`ulimit -n`).',
      ),
    ),
    listenersMaxConnectionsPerIp: from(
      1,
      server(
        'listeners.max.connections.per.ip',
        'INT',
        null,
        'Connections that clients of one address have at once on one listener; without it half of what the listener may have. All addresses of this machine count as one, and a network of 64 bits in IPv6. One more takes the place of one that has no request, or only part of one; where none has, it is closed.',
      ),
    ),
    listenersReloadIntervalMs: from(
      1,
      server(
        'listeners.reload.interval.ms',
        'LONG',
        '5000',
        'How often the files of users, keys and certificates are looked at, in ms; what has changed counts from then on.',
      ),
    ),
    accessControlAllowOrigin: guard(
      server(
        'access.control.allow.origin',
        'LIST',
        '',
        'Origins whose pages may read answers (CORS); `*` for all, then without credentials.',
      ),
    ),
    accessControlAllowMethods: guard(
      server('access.control.allow.methods', 'LIST', 'GET,POST,HEAD,OPTIONS', 'Methods that CORS allows.'),
    ),
    accessControlAllowHeaders: guard(
      server(
        'access.control.allow.headers',
        'LIST',
        'X-Requested-With,Content-Type,Accept,Origin,Authorization',
        'Request headers that CORS allows.',
      ),
    ),
  },
);
