import {
  RuleCheck,
  type RefusedKey,
  atLeast,
  between,
  configKeys,
  headerValue,
  type ConfigProblem,
  type RawConfig,
} from '../../api/config-spec.ts';
import type { ShortFormKey } from '../../api/connector.ts';

const isHttp = (value: unknown): string | undefined =>
  value === null || /^https?:\/\/[^/?#]+/i.test(String(value as string))
    ? undefined
    : 'it must be http://host:port or https://host:port';

/** How to reach the bucket; the names are those of Confluent's connectors. */
export const CONNECTION = configKeys({
  url: {
    name: 's3.url',
    type: 'STRING',
    default: null,
    importance: 'HIGH',
    documentation: 's3://bucket/prefix, in place of the bucket and the folder.',
    group: 'S3',
    order: 1,
    width: 'LONG',
    displayName: 'S3 URL',
  },
  bucket: {
    name: 's3.bucket.name',
    type: 'STRING',
    default: null,
    importance: 'HIGH',
    documentation: 'The bucket. It must be there.',
    group: 'S3',
    order: 2,
    displayName: 'S3 Bucket Name',
    aliases: ['s3.bucket'],
  },
  region: {
    name: 's3.region',
    type: 'STRING',
    default: 'us-west-2',
    importance: 'MEDIUM',
    documentation: 'The region of the bucket: eu-central-1. Other stores than AWS mostly take any.',
    group: 'S3',
    order: 3,
    displayName: 'AWS region',
  },
  storeUrl: {
    name: 'store.url',
    type: 'STRING',
    default: null,
    importance: 'MEDIUM',
    documentation:
      "Address of a store that speaks S3's protocol (MinIO, Ceph, R2 ...): http://host:9000. Default: AWS.",
    group: 'S3',
    order: 4,
    width: 'LONG',
    displayName: 'Store URL',
    validator: isHttp,
    aliases: ['aws.s3.endpoint'],
  },
  pathStyle: {
    name: 's3.path.style.access.enabled',
    type: 'BOOLEAN',
    default: 'true',
    importance: 'LOW',
    documentation:
      'Whether the bucket stands in the path (host/bucket) rather than in the name of the host (bucket.host).',
    group: 'S3',
    order: 5,
    displayName: 'Path Style Access',
  },
  accessKeyId: {
    name: 'aws.access.key.id',
    type: 'PASSWORD',
    default: null,
    importance: 'HIGH',
    documentation:
      'Id of the key that requests are signed with; ${secret:NAME:KEY} or ${env:CONNECT_NAME} looks it up. Without it requests are not signed (buckets that are open to all). Roles of machines and profiles are not used.',
    group: 'S3',
    order: 6,
    displayName: 'AWS Access Key ID',
    validator: headerValue,
  },
  secretAccessKey: {
    name: 'aws.secret.access.key',
    type: 'PASSWORD',
    default: null,
    importance: 'HIGH',
    documentation: 'The key itself.',
    group: 'S3',
    order: 7,
    displayName: 'AWS Secret Access Key',
    validator: headerValue,
  },
  sessionToken: {
    name: 'aws.session.token',
    type: 'PASSWORD',
    default: null,
    importance: 'LOW',
    documentation: 'Token of keys that are valid for a while.',
    group: 'S3',
    order: 8,
    displayName: 'AWS Session Token',
    validator: headerValue,
  },
  retries: {
    name: 's3.part.retries',
    type: 'INT',
    default: '3',
    importance: 'LOW',
    documentation:
      'Attempts to make a request again (no answer, 5xx, slow down), before the task says that it waits. It goes on trying, with longer pauses.',
    group: 'S3',
    order: 9,
    displayName: 'S3 Part Upload Retries',
    validator: atLeast(0),
  },
  retryBackoffMs: {
    name: 's3.retry.backoff.ms',
    type: 'LONG',
    default: '200',
    importance: 'LOW',
    documentation: 'Pause before the first such attempt, in ms. Each further one is twice as long.',
    group: 'S3',
    order: 10,
    displayName: 'S3 Retry Backoff (ms)',
    validator: between(1, 3_600_000),
    aliases: ['retry.backoff.ms'],
  },
  requestTimeoutMs: {
    name: 's3.request.timeout.ms',
    type: 'INT',
    default: '30000',
    importance: 'LOW',
    documentation: 'How long to wait for an answer, or for more of one, in ms.',
    group: 'S3',
    order: 11,
    displayName: 'Request Timeout (ms)',
    validator: atLeast(1),
  },
});

/** Settings of the Java connectors that these refuse, each with what to do instead. */
const REFUSED: readonly RefusedKey[] = [
  { key: 's3.proxy.url', why: 'requests go to the store directly: no proxy can be given here' },
  { key: 's3.sse.customer.key', why: 'keys of your own for encryption are not sent: set the encryption of the bucket' },
  { key: 's3.ssea.name', why: 'the store encrypts as the bucket says: set its default encryption' },
  { key: 's3.sse.kms.key.id', why: 'the store encrypts as the bucket says: set its default encryption' },
  { key: 's3.acl.canned', why: 'objects get the rights of their bucket: set its policy' },
  { key: 's3.object.tagging', why: 'objects are not tagged', unless: /^false$/i },
  {
    key: 's3.credentials.provider.class',
    why: 'give the keys in aws.access.key.id and aws.secret.access.key, as ${secret:NAME:KEY} or ${env:CONNECT_NAME}',
    unless: /(?:DefaultAWSCredentialsProviderChain|AnonymousAWSCredentials\w*)$/,
  },
  {
    key: 'authentication.method',
    why: 'give the keys in aws.access.key.id and aws.secret.access.key',
    unless: /^access keys$/i,
  },
];

/** Settings of the Java connectors that have no effect. */
export const S3_WITHOUT_EFFECT: readonly string[] = [
  's3.http.send.expect.continue',
  's3.http.send.uuid',
  's3.wan.mode',
  's3.elastic.buffer.enable',
  's3.elastic.buffer.init.capacity',
  'headers.format.class',
  'keys.format.class',
  'enhanced.avro.schema.support',
  'connect.meta.data',
  'allow.optional.map.keys',
  'cloud.environment',
  'cloud.provider',
];

/** Names of the refused settings. */
export const REFUSED_KEYS: readonly string[] = REFUSED.map((r) => r.key);

/** The keys with which the short forms of both connectors say where the objects are. */
export const LOCATION_KEYS: readonly ShortFormKey[] = [
  { name: 'url', sets: [CONNECTION.url.name], doc: 's3://bucket/prefix.', required: true },
  { name: 'endpoint', sets: [CONNECTION.storeUrl.name], doc: 'http://host:9000 of a store other than AWS.' },
  { name: 'region', sets: [CONNECTION.region.name], doc: 'Region of the bucket.' },
  { name: 'user', sets: [CONNECTION.accessKeyId.name], doc: 'Id of the access key.' },
  { name: 'password', sets: [CONNECTION.secretAccessKey.name], doc: 'The secret access key.' },
];

/** Checks the rules that both connectors have. */
export function checkConnection(config: RawConfig): ConfigProblem[] {
  const check = new RuleCheck(config);
  check.refuseAll(REFUSED);
  const id = config[CONNECTION.accessKeyId.name];
  if ((id === undefined) !== (config[CONNECTION.secretAccessKey.name] === undefined))
    check.missing(
      id === undefined ? CONNECTION.accessKeyId : CONNECTION.secretAccessKey,
      'the id of a key and the key go together',
    );
  return check.problems;
}
