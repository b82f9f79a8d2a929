import type { ConfigKey } from '../../api/config-spec.ts';

/**
 * `*.plugin.version` of KIP-891: the requested version of a plugin, written as in Maven: `[1.0,2.0)`, `(,1.5]`, or
 * several of them separated by commas. A bare version requires exactly that one; `latest`, or nothing, accepts any.
 * This worker has one version of each plugin, so a requirement is either met or not.
 */
export function pluginVersionKey(options: {
  /** `connector`, `key.converter`, `transforms.t` ... */
  readonly of: string;
  readonly what: string;
  /** Version of the configured plugin; undefined when unknown. */
  readonly version: string | undefined;
  readonly importance: ConfigKey['importance'];
  readonly group: string;
  readonly order: number;
  readonly width: ConfigKey['width'];
  readonly displayName: string;
}): ConfigKey {
  const { of, what, version, importance, group, order, width, displayName } = options;
  return {
    name: `${of}.plugin.version`,
    type: 'STRING',
    default: version ?? null,
    importance,
    documentation: `Version of the ${what} that must be there: a version, or a range such as [1.0,2.0). This worker has one version of each.`,
    group,
    order,
    width,
    displayName,
    recommend: () => (version === undefined ? [] : [version]),
    validator: (value) => (value === null ? undefined : versionProblem(String(value as string), version)),
  };
}

function versionProblem(wanted: string, version: string | undefined): string | undefined {
  const text = wanted.trim();
  if (text === '' || text === 'latest') return undefined;
  const ranges = parseRanges(/^[[(]/.test(text) || text.includes(',') ? text : `[${text}]`);
  if (ranges === undefined) return 'Not a version, nor a range of versions such as [1.0,2.0)';
  if (version === undefined || ranges.some((range) => contains(range, version))) return undefined;
  return `The plugin is not there in a version that matches ${text}, available versions are: [${version}]`;
}

interface Range {
  readonly from: string | undefined;
  readonly includesFrom: boolean;
  readonly to: string | undefined;
  readonly includesTo: boolean;
}

/** Parses `[a,b),(c,]`; undefined for an invalid range. */
function parseRanges(text: string): Range[] | undefined {
  const ranges: Range[] = [];
  let rest = text;
  while (rest !== '') {
    const found = /^\s*([[(])([^,[\]()]*)(?:(,)([^,[\]()]*))?([\])])\s*(,(?=.)|$)/.exec(rest);
    if (!found) return undefined;
    const [whole, open, first, comma, second, close] = found as unknown as [
      string,
      string,
      string,
      string?,
      string?,
      string?,
    ];
    const from = first.trim();
    const to = comma === undefined ? from : (second ?? '').trim();
    // [1.0] contains one version; (1.0) and [] are invalid.
    if (comma === undefined && (open !== '[' || close !== ']' || from === '')) return undefined;
    if (from !== '' && to !== '' && compareVersions(from, to) > 0) return undefined;
    ranges.push({
      from: from === '' ? undefined : from,
      includesFrom: open === '[',
      to: to === '' ? undefined : to,
      includesTo: close === ']',
    });
    rest = rest.slice(whole.length);
  }
  return ranges;
}

function contains({ from, includesFrom, to, includesTo }: Range, version: string): boolean {
  const low = from === undefined ? 1 : compareVersions(version, from);
  const high = to === undefined ? -1 : compareVersions(version, to);
  return (low > 0 || (low === 0 && includesFrom)) && (high < 0 || (high === 0 && includesTo));
}

/**
 * Compares numbers by value, missing ones as 0. Qualifiers such as `-SNAPSHOT` and `-rc1` precede the version without
 * one and are compared as text.
 */
function compareVersions(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [x, y] = [left[i] ?? 0, right[i] ?? 0];
    if (x === y) continue;
    if (typeof x === 'number' && typeof y === 'number') return x - y;
    if (typeof x === 'number') return 1;
    if (typeof y === 'number') return -1;
    return x < y ? -1 : 1;
  }
  return 0;
}

function partsOf(version: string): (number | string)[] {
  return version
    .toLowerCase()
    .split(/[.\-_+]/)
    .filter((part) => part !== '' && part !== 'final' && part !== 'ga')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}
