import type { SecureContextOptions, TlsOptions } from 'node:tls';
import { tlsOptions, invalid, type TlsProperties } from './tls-options.ts';

/** Whether clients present certificates, in the terms of Kafka and ksqlDB. */
const CLIENT_AUTHENTICATION = ['NONE', 'REQUESTED', 'REQUIRED'] as const;
export type ClientAuthentication = (typeof CLIENT_AUTHENTICATION)[number];

/**
 * TLS options of a listener from Kafka's `ssl.*` properties. Client certificates are verified only against the
 * authorities in the trust store: with those of the system, anybody's certificate would be accepted.
 * @throws SluiceError CONFIG naming the property
 */
export function serverTlsOptions(properties: TlsProperties): TlsOptions {
  const client = clientAuthentication(properties);
  // Options for outgoing connections are omitted, and so is a trust store when no client certificates are verified.
  const { ca, cert, key, minVersion, maxVersion, ciphers, allowPartialTrustChain } = tlsOptions(properties);
  const options = { cert, key, minVersion, maxVersion, ciphers } as SecureContextOptions;
  if (cert === undefined)
    throw invalid(properties, 'ssl.keystore.location', 'a listener for https needs a key store, and none is named');
  if (client === 'NONE') return options;
  if (ca === undefined)
    throw invalid(properties, 'ssl.truststore.location', 'clients are to show certificates, and no authority is named');
  return { ...options, ca, allowPartialTrustChain, requestCert: true, rejectUnauthorized: client === 'REQUIRED' };
}

/** `ssl.client.authentication`, or Kafka's and Connect's older `ssl.client.auth`. @throws SluiceError CONFIG */
export function clientAuthentication(properties: TlsProperties): ClientAuthentication {
  const given = properties.get('ssl.client.authentication')?.trim().toUpperCase();
  if (given !== undefined && given !== '') {
    if ((CLIENT_AUTHENTICATION as readonly string[]).includes(given)) return given as ClientAuthentication;
    throw invalid(properties, 'ssl.client.authentication', `'${given}' is none of NONE, REQUESTED, REQUIRED`);
  }
  const old = properties.get('ssl.client.auth')?.trim().toLowerCase() ?? '';
  if (old === '' || old === 'none' || old === 'false') return 'NONE';
  if (old === 'requested') return 'REQUESTED';
  if (old === 'required' || old === 'true') return 'REQUIRED';
  throw invalid(properties, 'ssl.client.auth', `'${old}' is none of none, requested, required`);
}
