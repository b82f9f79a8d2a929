/**
 * Kafka's and ksqlDB's TLS properties, for listeners and clients alike; a prefix limits them to one of these. Those
 * that concern Java have no effect here.
 */
export const SSL_PROPERTIES: readonly string[] = [
  'ssl.keystore.location',
  'ssl.keystore.password',
  'ssl.keystore.type',
  'ssl.keystore.key',
  'ssl.keystore.certificate.chain',
  'ssl.key.password',
  'ssl.truststore.location',
  'ssl.truststore.password',
  'ssl.truststore.type',
  'ssl.truststore.certificates',
  'ssl.client.authentication',
  'ssl.client.auth',
  'ssl.principal.mapping.rules',
  'ssl.enabled.protocols',
  'ssl.cipher.suites',
  'ssl.endpoint.identification.algorithm',
  'ssl.protocol',
  'ssl.provider',
  'ssl.keymanager.algorithm',
  'ssl.trustmanager.algorithm',
  'ssl.secure.random.implementation',
  'ssl.engine.factory.class',
  'ssl.keystore.reload',
  'ssl.keystore.watch.location',
];

/** The part of a setting's name that is such a property, misspelled or not: `ssl.` and what follows. */
export function sslPart(name: string): string | undefined {
  return /(?:^|\.)(ssl\..+)$/.exec(name)?.[1];
}
