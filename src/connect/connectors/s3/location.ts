import type { RawConfig } from '../../api/config-spec.ts';
import { CONNECTION } from './connection-keys.ts';

/** A bucket and the beginning of keys in it. */
export interface Location {
  readonly bucket: string;
  /** Without slashes at its ends. */
  readonly prefix: string;
}

/** Reads `s3://bucket/some/prefix` (`s3a://`, `s3n://`). A string in the answer is the reason why it is none. */
export function parseLocation(url: string): Location | string {
  const match = /^s3[an]?:\/\/([^/?#]*)\/*([^?#]*)$/i.exec(url.trim());
  if (match === null)
    return `'${url}' is not s3://bucket/prefix: the address of another store than AWS goes into store.url`;
  const bucket = match[1] ?? '';
  const problem = bucketProblem(bucket);
  if (problem !== undefined) return problem;
  return { bucket, prefix: (match[2] ?? '').replace(/\/+$/, '') };
}

/** Why it can be no bucket's name; undefined: it can. */
export function bucketProblem(name: string): string | undefined {
  if (name === '') return 'the name of the bucket is missing';
  return /^[a-zA-Z\d][a-zA-Z\d._-]{1,253}[a-zA-Z\d]$/.test(name)
    ? undefined
    : `'${name}' is no name of a bucket: letters, digits, dots and hyphens`;
}

/** Where a config leads; the URL wins over the single settings. */
export function locationOf(config: RawConfig, folderKey: string, folderDefault: string): Location | string {
  const url = config[CONNECTION.url.name];
  if (url !== undefined && url.trim() !== '') return parseLocation(url);
  const bucket = (config[CONNECTION.bucket.name] ?? config['s3.bucket'] ?? '').trim();
  const problem = bucketProblem(bucket);
  if (problem !== undefined) return problem;
  return { bucket, prefix: (config[folderKey] ?? folderDefault).trim().replace(/^\/+|\/+$/g, '') };
}
