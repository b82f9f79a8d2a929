import type { ConnectorConfig } from '../../connect/client/api.ts';
import { formatBareName } from '../../sql/printer/names.ts';
import { KNOWN_CAUSES } from './known-causes.ts';

/** Why a connector or task does not work, in two lines: what is wrong, and what to try. */
export interface FailureCause {
  /** The most informative cause, without exception classes and stack frames. */
  readonly text: string;
  /** The statement or setting to try; null for an unknown cause. */
  readonly advice: string | null;
}

/**
 * Finds the cause in a trace in Java's format: one line for each exception, inner ones after `Caused by: `, frames
 * indented. In Java's connectors the innermost exception is the most informative; this worker's messages are complete
 * at the top.
 */
export function failureCause(trace: string, connector: string, config: ConnectorConfig = {}): FailureCause {
  const errors = trace
    .split('\n')
    .filter((line, i) => line.trim() !== '' && (i === 0 || line.startsWith('Caused by: ')))
    .map((line) => line.replace(/^Caused by: /, '').trim());
  const chain = errors.map(messageIn);
  const telling = chain.filter((message) => message !== '' && !WRAPPERS.some((w) => w.test(message)));
  const deeper = /^[a-z]\w*\.[\w$.]+/.test(trace) ? telling.slice(1) : [];
  const text = deeper.reduce((best, one) => (saysNoMore(one, best) ? best : one), telling[0] ?? chain[0] ?? '');
  // Java's converters do not say whether they convert keys or values; their callers' frames do.
  const whole = [...errors, ...(/\.convertKey\(/.test(trace) ? ['KEY_CONVERTER'] : [])].join('\n');
  const cause = causeFirst(text);
  const known = KNOWN_CAUSES.find(({ when }) => when.test(whole));
  const renewed = known?.kind === 'auth' ? renewedSecret(config) : undefined;
  const advice = known
    ?.advice(formatBareName(connector), whole)
    .replace(ANY_TRANSFORM, () => failedSetting(whole, config));
  return { text: cause, advice: renewed ?? advice ?? null };
}

/** Stands for a setting of the failed transform. */
const ANY_TRANSFORM = "'transforms.NAME.…'";

/** The setting of the failed transform: the one that names the unknown field, if the message contains a field. */
function failedSetting(chain: string, config: ConnectorConfig): string {
  const type = /\bTRANSFORMATION by ([\w.$]+)/.exec(chain)?.[1];
  const alias = Object.keys(config).find((key) => /^transforms\.[^.]+\.type$/.test(key) && config[key] === type);
  if (type === undefined || alias === undefined) return ANY_TRANSFORM;
  const prefix = alias.slice(0, -'type'.length);
  const field = /(?:Unknown field|Field does not exist): ([^.,\s]+)/.exec(chain)?.[1];
  const [naming] =
    Object.entries(config).find(
      ([key, value]) =>
        key.startsWith(prefix) && key !== alias && field !== undefined && value.split(/[,:]/).includes(field),
    ) ?? [];
  return `'${naming ?? `${prefix}…`}'`;
}

/** A login that is a reference is mended where it stands, not by a password in its place. */
function renewedSecret(config: ConnectorConfig): string | undefined {
  const referring = Object.entries(config).flatMap(([setting, value]) => {
    const [, secret, key] = /\$\{secret:([^:}]+):([^}]+)\}/.exec(value) ?? [];
    return secret === undefined || key === undefined ? [] : [{ setting, secret, key }];
  });
  const found = referring.find(({ setting }) => /password|secret|token|key/i.test(setting)) ?? referring[0];
  if (found === undefined) return undefined;
  return `The other side does not let it in: ALTER SECRET ${formatBareName(found.secret)} SET (${formatBareName(found.key)}='…'); gives ${found.setting} another value, and all that refer to it`;
}

/**
 * The message without the class of the exception, which is meaningless to a user of SQL; twice when an exception is the
 * message of another.
 */
function messageIn(given: string): string {
  // Debezium's place of a source, hundreds of characters that nobody reads.
  const line = given.replace(/\b\w+OffsetContext ?\[.*\](?=, but )/, 'where it had stopped');
  const inner = /^(?:[a-z][\w$]*\.)*(?:[A-Z][\w$]*)?(?:Exception|Error): (.+)$/.exec(line)?.[1];
  // Java's message is only the name of the host.
  if (inner !== undefined && /UnknownHostException: \S+$/.test(line)) return `Unknown host: ${inner}`;
  if (inner !== undefined) return messageIn(inner);
  return /^(?:[a-z][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error)$/.test(line) ? '' : line;
}

/** For a record at which this worker's tasks stopped: first what is wrong with it, then where it is. */
function causeFirst(text: string): string {
  const stopped = /^Tolerance exceeded in error handler \(([^)]*)\): ([^]+)$/.exec(text);
  if (stopped === null) return text;
  const [, place = '', cause = ''] = stopped;
  const refused = /^The record at \([^)]*\) is refused by ([^:]+): ([^]+)$/.exec(cause);
  if (refused === null) return `${withoutStop(cause)} (${place})`;
  return `${withoutStop(refused[2]!)} (refused by ${refused[1]!}: ${place})`;
}

/** The sentence without its final stop, because more follows. */
export function withoutStop(sentence: string): string {
  return sentence.replace(/\.+$/, '');
}

/** Messages that wrap any failure. */
const WRAPPERS = [
  /^Exiting Worker\w+ due to unrecoverable exception\.?$/,
  /^Tolerance exceeded in error handler$/,
  /^Error while (?:polling for records|processing table querier|starting connector.*)$/,
  /^Unrecoverable exception from producer send callback$/,
  /^An exception occurred in the change event producer\. This connector will be stopped\.$/,
  /^Producer failure$/,
  /^null$/,
];

/**
 * Whether the deeper message adds nothing: all words of `Connection refused` are in `Connection to localhost:5432
 * refused. Check …`.
 */
function saysNoMore(deeper: string, outer: string): boolean {
  const words = wordsOf(outer);
  return [...wordsOf(deeper)].every((word) => words.has(word));
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}_$-]+/gu));
}
