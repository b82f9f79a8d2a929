import { keysOf } from '../internal/common-keys.ts';
import {
  RuleCheck,
  atLeast,
  between,
  configKeys,
  headerName,
  notEmpty,
  oneOfIgnoringCase,
  type ConfigKey,
  type ConfigProblem,
  type RawConfig,
} from '../../api/config-spec.ts';
import { columnsProblem } from '../internal/json-columns.ts';
import { SCHEMES } from './signatures.ts';

const isScheme = oneOfIgnoringCase('none', ...Object.keys(SCHEMES));

/** The settings of the webhook source. */
export const WEBHOOK = configKeys({
  topic: {
    name: 'topic',
    type: 'STRING',
    importance: 'HIGH',
    documentation: 'Topic that deliveries are written to.',
    group: 'Webhook',
    order: 1,
    displayName: 'Topic',
    validator: notEmpty,
    aliases: ['kafka.topic'],
  },
  format: {
    name: 'body.format',
    type: 'STRING',
    default: 'json',
    importance: 'HIGH',
    documentation:
      'json: a body that is no JSON is refused (400), and kept as it was written; text: any text in UTF-8; bytes: as it came.',
    group: 'Webhook',
    order: 2,
    width: 'SHORT',
    displayName: 'Body Format',
    validator: oneOfIgnoringCase('json', 'text', 'bytes'),
    recommend: () => ['json', 'text', 'bytes'],
  },
  columns: {
    name: 'columns',
    type: 'STRING',
    default: null,
    importance: 'HIGH',
    documentation:
      'Members of the body that are kept, with their SQL types: id BIGINT, customer STRUCT<name VARCHAR>, paid BOOLEAN. A body whose members are of other types is refused (400). Without it the whole body is one text.',
    group: 'Webhook',
    order: 3,
    width: 'LONG',
    displayName: 'Columns',
    validator: columnsProblem,
  },
  signature: {
    name: 'signed',
    type: 'STRING',
    default: null,
    importance: 'HIGH',
    documentation:
      'How senders show who they are: github (X-Hub-Signature-256), stripe (Stripe-Signature), slack (X-Slack-Signature), shopify (X-Shopify-Hmac-Sha256), standard (webhook-signature of Standard Webhooks), hmac (a header as hmac.* say), or none: the users of the server. Default: none where there is no secret.',
    group: 'Signature',
    order: 1,
    width: 'SHORT',
    displayName: 'Signed',
    validator: (value, key) => (value === null ? undefined : isScheme(value, key)),
    recommend: () => ['none', ...Object.keys(SCHEMES)],
  },
  secret: {
    name: 'secret',
    type: 'PASSWORD',
    default: null,
    importance: 'HIGH',
    documentation: 'Secret that senders sign with.',
    group: 'Signature',
    order: 2,
    displayName: 'Secret',
  },
  secretBefore: {
    name: 'secret.before',
    type: 'PASSWORD',
    default: null,
    importance: 'LOW',
    documentation: 'An earlier secret that is taken as well, while senders change to the new one.',
    group: 'Signature',
    order: 3,
    displayName: 'Earlier Secret',
  },
  signatureHeader: {
    name: 'hmac.header',
    type: 'STRING',
    default: 'X-Signature',
    importance: 'LOW',
    documentation: 'Header with the signature, of signed=hmac.',
    group: 'Signature',
    order: 4,
    displayName: 'Signature Header',
    validator: (value, key) => notEmpty(value, key) ?? headerName(value),
  },
  signaturePrefix: {
    name: 'hmac.prefix',
    type: 'STRING',
    default: '',
    importance: 'LOW',
    documentation: 'What stands before the signature in it, such as sha256=.',
    group: 'Signature',
    order: 5,
    width: 'SHORT',
    displayName: 'Signature Prefix',
  },
  signatureAlgorithm: {
    name: 'hmac.algorithm',
    type: 'STRING',
    default: 'sha256',
    importance: 'LOW',
    documentation: 'Hash of the HMAC: sha256, sha512 or sha1.',
    group: 'Signature',
    order: 6,
    width: 'SHORT',
    displayName: 'Signature Algorithm',
    validator: oneOfIgnoringCase('sha256', 'sha512', 'sha1'),
    recommend: () => ['sha256', 'sha512', 'sha1'],
  },
  signatureEncoding: {
    name: 'hmac.encoding',
    type: 'STRING',
    default: 'hex',
    importance: 'LOW',
    documentation: 'hex or base64.',
    group: 'Signature',
    order: 7,
    width: 'SHORT',
    displayName: 'Signature Encoding',
    validator: oneOfIgnoringCase('hex', 'base64'),
    recommend: () => ['hex', 'base64'],
  },
  toleranceMs: {
    name: 'signed.tolerance.ms',
    type: 'LONG',
    default: '300000',
    importance: 'LOW',
    documentation:
      'How far the time that is signed may be from ours, in ms (stripe, slack, standard): one that is older was caught and sent again by somebody else.',
    group: 'Signature',
    order: 8,
    width: 'SHORT',
    displayName: 'Signature Tolerance (ms)',
    validator: atLeast(0),
  },
  idHeader: {
    name: 'delivery.id.header',
    type: 'STRING',
    default: null,
    importance: 'MEDIUM',
    documentation:
      'Header with the id of a delivery: of those with one id the first is kept, and all are answered 200. Default: that of the signature (X-GitHub-Delivery, X-Shopify-Webhook-Id, webhook-id; of stripe and slack the id in the body), else Idempotency-Key. Empty: none.',
    group: 'Webhook',
    order: 4,
    displayName: 'Delivery ID Header',
    validator: headerName,
  },
  keyHeader: {
    name: 'key.header',
    type: 'STRING',
    default: null,
    importance: 'LOW',
    documentation: 'Header whose value is the key of the record. Without it records have no key.',
    group: 'Webhook',
    order: 5,
    displayName: 'Key Header',
    validator: headerName,
  },
  maxBytes: {
    name: 'max.body.bytes',
    type: 'INT',
    default: '1000000',
    importance: 'MEDIUM',
    documentation:
      'Most bytes of a body; a larger one is refused (413). The topic has to take as much (max.message.bytes).',
    group: 'Limits',
    order: 1,
    width: 'SHORT',
    displayName: 'Body Bytes',
    validator: atLeast(1),
  },
  queueRecords: {
    name: 'queue.max.records',
    type: 'INT',
    default: '10000',
    importance: 'LOW',
    documentation: 'Deliveries that may wait to be written; one more is answered 503 with Retry-After.',
    group: 'Limits',
    order: 2,
    width: 'SHORT',
    displayName: 'Queue Records',
    validator: between(1, 1_000_000),
  },
  queueBytes: {
    name: 'queue.max.bytes',
    type: 'INT',
    default: '33554432',
    importance: 'LOW',
    documentation: 'Bytes of them; the same.',
    group: 'Limits',
    order: 3,
    width: 'SHORT',
    displayName: 'Queue Bytes',
    validator: atLeast(1),
  },
  ackTimeoutMs: {
    name: 'ack.timeout.ms',
    type: 'INT',
    default: '10000',
    importance: 'LOW',
    documentation:
      'How long a sender waits until its delivery is written, in ms; then it is answered 503. The delivery may be written all the same: its id tells when it comes again.',
    group: 'Limits',
    order: 4,
    width: 'SHORT',
    displayName: 'Acknowledge Timeout (ms)',
    validator: atLeast(1),
  },
});

/** All settings of the source. */
export const KEYS: readonly ConfigKey[] = keysOf(Object.values(WEBHOOK));

/** Checks the rules between settings. */
export function checkWebhook(config: RawConfig): ConfigProblem[] {
  const check = new RuleCheck(config);
  const scheme = check.choice(WEBHOOK.signature);
  const hasSecret = (config[WEBHOOK.secret.name] ?? '') !== '';
  if (scheme !== '' && scheme !== 'none' && !hasSecret)
    check.missing(WEBHOOK.secret, `deliveries are signed as ${scheme} does`);
  if (scheme === 'none' && hasSecret) check.refuse(WEBHOOK.signature, 'there is a secret, which nobody would ask for');
  if (check.text(WEBHOOK.columns) !== '' && check.choice(WEBHOOK.format) !== 'json')
    check.refuse(WEBHOOK.columns, `body.format is ${check.text(WEBHOOK.format)}, and columns are those of JSON`);
  return check.problems;
}
