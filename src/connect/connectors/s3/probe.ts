import { invalidSetting, type Config, type ConfigProblem } from '../../api/config-spec.ts';
import { messageOf } from '../../../base/errors.ts';
import type { ProbeContext } from '../../api/connector.ts';
import { CONNECTION } from './connection-keys.ts';
import type { Location } from './location.ts';
import { Refused, S3Store } from './s3-store.ts';

/** Checks that the bucket exists and accepts our credentials. `lists`: permission to list its objects is needed. */
export async function probeBucket(
  config: Config,
  { bucket, prefix }: Location,
  { env, signal }: ProbeContext,
  lists: boolean,
): Promise<readonly ConfigProblem[]> {
  const store = new S3Store(config.with({ [CONNECTION.retries.name]: 0 }), bucket, env, signal);
  try {
    await store.page(prefix, 1);
    return [];
  } catch (error) {
    const { key, value } = blamed(error, config, bucket);
    const isKnown = config.isSet(CONNECTION.accessKeyId);
    if (!lists && isKnown && error instanceof Refused && error.code === 'AccessDenied') return [];
    return [invalidSetting(key, value, messageOf(error))];
  }
}

function blamed(error: unknown, config: Config, bucket: string): { readonly key: string; readonly value: string } {
  const code = error instanceof Refused ? error.code : undefined;
  if (code === 'SignatureDoesNotMatch') return { key: CONNECTION.secretAccessKey.name, value: '[hidden]' };
  if (code === 'InvalidAccessKeyId' || code === 'AccessDenied' || code === 'InvalidToken' || code === 'ExpiredToken')
    return { key: CONNECTION.accessKeyId.name, value: '[hidden]' };
  if (error instanceof Refused && /The bucket is in/.test(error.message))
    return { key: CONNECTION.region.name, value: config.get(CONNECTION.region) };
  const isUrl = config.isSet(CONNECTION.url);
  if (code === 'NoSuchBucket' || code === 'InvalidBucketName')
    return isUrl
      ? { key: CONNECTION.url.name, value: config.get(CONNECTION.url) ?? '' }
      : { key: CONNECTION.bucket.name, value: bucket };
  const storeUrl = config.get(CONNECTION.storeUrl);
  return storeUrl === undefined
    ? { key: CONNECTION.region.name, value: config.get(CONNECTION.region) }
    : { key: CONNECTION.storeUrl.name, value: storeUrl };
}
