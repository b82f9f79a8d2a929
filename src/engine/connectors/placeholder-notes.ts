import { didYouMean } from '../../base/suggest.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { ConnectorConfig } from '../../connect/client/api.ts';
import { sinkSource, sinkTopics } from './sink-sources.ts';

/** Sink settings in which parts of a record are inserted, as in /orders/${key}. */
const TEMPLATES = ['http.api.url', 'mqtt.topic', 'redis.key', 'redis.member'];

/**
 * Placeholders of other templates in settings that take parts of a record: `{customer}`, `:customer`, `$customer`,
 * `%customer%`, `<customer>`; and `${customer}` where no field has the name. One sentence each.
 */
export function placeholderNotes(
  config: ConnectorConfig,
  catalog: Catalog,
  written: ConnectorConfig,
): readonly string[] {
  if ((config['transforms'] ?? '').trim() !== '') return [];
  const sources = sinkTopics(config).flatMap((topic) => catalog.sourcesOfTopic(topic).slice(0, 1).map(sinkSource));
  if (sources.length === 0) return [];
  const shown = (name: string): string =>
    config['value.converter.names.case'] === 'lower' ? name.toLowerCase() : name;
  const keys = sources.flatMap((s) => s.key.map((c) => shown(c.name)));
  const values = sources.flatMap((s) => s.value.map((c) => shown(c.name)));
  const forms = (name: string): string =>
    keys.includes(name) ? (keys.length === 1 ? '${key}' : `\${key.${name}}`) : `\${${name}}`;
  const all = [...keys, ...values];
  const listed = [...new Set(all)].map(forms).join(', ');
  return Object.entries(config).flatMap(([key, value]) => {
    if (!TEMPLATES.includes(key)) return [];
    const name = Object.keys(written).find((k) => written[k] === value) ?? key;
    return placeholdersIn(value).flatMap(({ text, field, isOurs }) => {
      const meant = all.find((one) => one.toLowerCase() === field.toLowerCase());
      if (isOurs) {
        if (/^(?:topic|partition|offset|key)$/.test(field) || values.includes(field)) return [];
        const [first, rest] = field.split('.');
        if (rest !== undefined && (values.includes(first ?? '') || (first === 'key' && keys.includes(rest)))) return [];
        return [
          `${name} names ${text}, which is no field of the values, and the task fails at the first record. ${meant === undefined ? `${didYouMean(field, all) ?? ''} There are ${listed}`.trim() : `It is written ${forms(meant)}`}.`,
        ];
      }
      // A brace has no meaning in a URL, but the other signs do.
      if (meant === undefined && !text.startsWith('{')) return [];
      return [
        `${name} has ${text}, which is sent as it stands: a field of the record is written ${meant === undefined ? listed : `${forms(meant)}, as in ${value.replace(text, () => forms(meant))}`}.`,
      ];
    });
  });
}

interface Placeholder {
  readonly text: string;
  readonly field: string;
  /** Whether it has the form that is replaced, `${...}`. */
  readonly isOurs: boolean;
}

const FORMS =
  /(?<ours>\$\{(?<a>[\w.]+)\})|\{\{\s*(?<b>\w+)\s*\}\}|\{(?<c>\w+)\}|(?<=\/):(?<d>[A-Za-z_]\w*)|\$(?<e>[A-Za-z_]\w*)|%(?<f>[A-Za-z_]\w*)%|<(?<g>\w+)>/g;

function placeholdersIn(text: string): readonly Placeholder[] {
  return [...text.matchAll(FORMS)].map((match) => ({
    text: match[0],
    field:
      Object.entries(match.groups ?? {}).find(([group, found]) => group !== 'ours' && found !== undefined)?.[1] ?? '',
    isOurs: match.groups?.['ours'] !== undefined,
  }));
}
