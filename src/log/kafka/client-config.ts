import type { TimestampMs } from '../../base/quantities.ts';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type { SASLOptions } from './client-library.ts';
import { SluiceError } from '../../base/errors.ts';
import { tlsOptions } from '../../tls/tls-options.ts';
import { parseJaas } from './jaas.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Client settings, from Kafka's property names. */
export interface ClientConfig {
  readonly bootstrap: readonly Address[];
  readonly clientId: string;
  readonly tls: TlsOptions | undefined;
  readonly sasl: SASLOptions | undefined;
  readonly requestTimeoutMs: number;
  readonly deliveryTimeoutMs: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
  readonly metadataMaxAgeMs: number;
  readonly transactionTimeoutMs: number;
  readonly maxRequestBytes: number;
  readonly fetchMaxWaitMs: number;
}

export interface ClientConfigHelp {
  /** Reads a file that a property names. */
  readonly readFile?: (path: string) => Buffer;
  /** Wall clock, for the claims of development tokens. */
  readonly nowMs?: () => number;
  /**
   * Gets a token for SASL/OAUTHBEARER from `sasl.oauthbearer.token.endpoint.url` with the login module's credentials.
   */
  readonly fetchToken?: (
    url: string,
    clientId: string,
    clientSecret: string,
    scope: string | undefined,
  ) => Promise<string>;
}

/**
 * Reads Kafka's client properties (bootstrap.servers, security.protocol, sasl.*, ssl.*, time-outs). Unknown ones are
 * ignored, as in Kafka.
 * @throws SluiceError CONFIG naming the property
 */
export function clientConfigOf(
  properties: Readonly<Record<string, string>>,
  help: ClientConfigHelp = {},
): ClientConfig {
  const protocol = (properties['security.protocol'] ?? 'PLAINTEXT').toUpperCase();
  if (!['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'].includes(protocol)) {
    throw invalid('security.protocol', `'${protocol}' is none of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL`);
  }
  return {
    bootstrap: addressesOf(properties['bootstrap.servers']),
    clientId: properties['client.id'] ?? 'sluice',
    tls: protocol.endsWith('SSL') ? tlsOf(properties, help) : undefined,
    sasl: protocol.startsWith('SASL') ? saslOf(properties, help) : undefined,
    requestTimeoutMs: numberOf(properties, 'request.timeout.ms', 30_000),
    deliveryTimeoutMs: numberOf(properties, 'delivery.timeout.ms', 120_000),
    retryBackoffMs: numberOf(properties, 'retry.backoff.ms', 50),
    retryBackoffMaxMs: numberOf(properties, 'retry.backoff.max.ms', 1_000),
    metadataMaxAgeMs: numberOf(properties, 'metadata.max.age.ms', 300_000),
    transactionTimeoutMs: numberOf(properties, 'transaction.timeout.ms', 60_000),
    maxRequestBytes: numberOf(properties, 'max.request.size', 8 << 20),
    fetchMaxWaitMs: numberOf(properties, 'fetch.max.wait.ms', 500),
  };
}

function addressesOf(text: string | undefined): Address[] {
  if (text === undefined || text.trim() === '') throw invalid('bootstrap.servers', 'no broker is given');
  return text.split(',').map((entry) => {
    const match = /^(?:[A-Z_]+:\/\/)?(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry.trim());
    if (!match) throw invalid('bootstrap.servers', `'${entry.trim()}' is not host:port`);
    return { host: match[1]!.replace(/^\[|\]$/g, ''), port: Number(match[2]) };
  });
}

function tlsOf(properties: Readonly<Record<string, string>>, help: ClientConfigHelp): TlsOptions {
  const readFile = (path: string): Buffer => {
    if (!help.readFile) throw new Error('files cannot be read here');
    return help.readFile(path);
  };
  return tlsOptions({ get: (name) => properties[name], readFile });
}

function saslOf(properties: Readonly<Record<string, string>>, help: ClientConfigHelp): SASLOptions {
  const mechanism = (properties['sasl.mechanism'] ?? 'GSSAPI').toUpperCase();
  const jaas = parseJaas(properties['sasl.jaas.config'] ?? '');
  switch (mechanism) {
    case 'PLAIN':
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-512': {
      const { username, password } = jaas;
      if (username === undefined || password === undefined)
        throw invalid('sasl.jaas.config', 'username and password are needed');
      return { mechanism, username, password };
    }
    case 'OAUTHBEARER': {
      const url = properties['sasl.oauthbearer.token.endpoint.url'];
      const clientId = properties['sasl.oauthbearer.client.credentials.client.id'] ?? jaas['clientId'];
      const secret = properties['sasl.oauthbearer.client.credentials.client.secret'] ?? jaas['clientSecret'];
      const scope = properties['sasl.oauthbearer.scope'] ?? jaas['scope'];
      if (url !== undefined && clientId !== undefined && secret !== undefined && help.fetchToken) {
        const { fetchToken } = help;
        return { mechanism, token: () => fetchToken(url, clientId, secret, scope) };
      }
      // Java's unsecured login module for development: the login is an unsigned claim.
      const subject = jaas['unsecuredLoginStringClaim_sub'];
      if (subject !== undefined) return { mechanism, token: () => unsecuredToken(subject, help.nowMs?.() ?? 0) };
      throw invalid(
        'sasl.jaas.config',
        'OAUTHBEARER needs sasl.oauthbearer.token.endpoint.url, clientId and clientSecret',
      );
    }
    default:
      throw invalid('sasl.mechanism', `'${mechanism}' is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER`);
  }
}

function unsecuredToken(subject: string, nowMs: TimestampMs): string {
  const part = (claims: object): string => Buffer.from(JSON.stringify(claims)).toString('base64url');
  const nowS = Math.floor(nowMs / 1000);
  return `${part({ alg: 'none' })}.${part({ sub: subject, iat: nowS, exp: nowS + 3600 })}.`;
}

function numberOf(properties: Readonly<Record<string, string>>, name: string, otherwise: number): number {
  const text = properties[name];
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw invalid(name, `'${text}' is not a number`);
  return value;
}

function invalid(property: string, what: string): SluiceError {
  return new SluiceError('CONFIG', `Invalid value for ${property}: ${what}`);
}
