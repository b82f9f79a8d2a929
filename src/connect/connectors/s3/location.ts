import { givenText, invalidSetting, missingKey, type ConfigProblem, type RawConfig } from '../../api/config-spec.ts';
import { CONNECTION } from './connection-keys.ts';

/** A bucket and a key prefix in it. */
export interface Location {
  readonly bucket: string;
  /** Without leading and trailing slashes. */
  readonly prefix: string;
}

/** Parses `s3://bucket/some/prefix` (`s3a://`, `s3n://`). A string result is the reason why it is not one. */
export function parseLocation(url: string): Location | string {
  const match = /^s3[an]?:\/\/([^/?#]*)\/*([^?#]*)$/i.exec(url.trim());
  if (match === null)
    return `'${url}' is not s3://bucket/prefix: the address of another store than AWS goes into store.url`;
  const bucket = match[1] ?? '';
  const problem = bucketProblem(bucket);
  if (problem !== undefined) return problem;
  return { bucket, prefix: (match[2] ?? '').replace(/\/+$/, '') };
}

/** Why it is not a valid bucket name; undefined: it is valid. */
export function bucketProblem(name: string): string | undefined {
  if (name === '') return 'the name of the bucket is missing';
  return /^[a-zA-Z\d][a-zA-Z\d._-]{1,253}[a-zA-Z\d]$/.test(name)
    ? undefined
    : `'${name}' is no name of a bucket: at least three letters, digits, dots and hyphens`;
}

/**
 * The location that a config selects; the URL has precedence over the single settings. A string result describes an
 * error.
 */
export function locationOf(config: RawConfig, folderKey: string, folderDefault: string): Location | string {
  const url = config[CONNECTION.url.name];
  if (url !== undefined && url.trim() !== '') return parseLocation(url);
  const bucket = (config[CONNECTION.bucket.name] ?? config['s3.bucket'] ?? '').trim();
  const problem = bucketProblem(bucket);
  if (problem !== undefined) return problem;
  return { bucket, prefix: (config[folderKey] ?? folderDefault).trim().replace(/^\/+|\/+$/g, '') };
}

/** The problem of a config that selects no location, at the setting that it has or lacks. */
export function checkLocation(config: RawConfig, folderKey: string, folderDefault: string): ConfigProblem[] {
  const location = locationOf(config, folderKey, folderDefault);
  if (typeof location !== 'string') return [];
  const key = config[CONNECTION.url.name] === undefined ? CONNECTION.bucket : CONNECTION.url;
  const given = givenText(config, key);
  return [
    given === undefined ? { key: key.name, message: missingKey(key.name) } : invalidSetting(key.name, given, location),
  ];
}
