import { isSecretName } from '../../../src/base/secrets/names.ts';
import { fieldsOf, listOf, textOf, textsOf } from '../../../src/cli/render/fields.ts';
import type { Entity } from '../../../src/wire/entities.ts';
import type { Plugin } from './drafts.ts';
import type { Setting } from './field.tsx';

export const ESSENTIALS = 'Essentials';
/** Settings that the plug-in's table does not contain: they come from an import, and may be Connect's own. */
export const OTHERS = 'Other settings';

/** The streams and tables that a sink reads. */
export const SOURCES: Setting = {
  name: 'sources',
  type: 'LIST',
  required: true,
  fallback: '',
  importance: 'HIGH',
  documentation: 'Streams and tables to send, separated by commas.',
  group: ESSENTIALS,
  sets: [],
};
/** Settings that have a place of their own in the form. */
export const APART: ReadonlySet<string> = new Set(['name', 'connector.class']);
/** Alternatives to `sources`. */
const TOPIC_SETTINGS: readonly Setting[] = [
  { ...SOURCES, name: 'topics', documentation: 'Topics to send, separated by commas, in place of sources.' },
  { ...SOURCES, name: 'topics.regex', documentation: 'Topics to send, by a pattern of Java, in place of a list.' },
].map((s) => ({ ...s, required: false, type: s.name === 'topics' ? 'LIST' : 'STRING' }));
const TOPICS: ReadonlySet<string> = new Set(TOPIC_SETTINGS.map((s) => s.name));

/** The settings of a plug-in: first those of its short form, then all others in their order. */
export function settingsOf(plugin: Plugin, described: Entity | undefined): readonly Setting[] {
  const short = listOf(fieldsOf(described?.['shortForm'])['keys']).map((key): Setting => ({
    name: textOf(key['name']),
    type: /password/.test(textOf(key['name'])) ? 'PASSWORD' : 'STRING',
    required: key['required'] === true,
    fallback: '',
    importance: 'HIGH',
    documentation: textOf(key['doc']),
    group: ESSENTIALS,
    sets: textsOf(key['sets']),
  }));
  const hasShort = plugin.shortName !== undefined && short.length > 0;
  const covered = new Set(short.flatMap((s) => s.sets));
  const all = listOf(described?.['configs'])
    .map((config): Setting => ({
      name: textOf(config['name']),
      type: textOf(config['type']),
      required: config['required'] === true,
      fallback: textOf(config['defaultValue']),
      importance: textOf(config['importance']),
      documentation: textOf(config['documentation']),
      group: textOf(config['group']) || 'Other',
      sets: [textOf(config['name'])],
    }))
    // Settings that a short setting sets are not shown again.
    .filter((s) => !APART.has(s.name) && !(hasShort && (s.required || TOPICS.has(s.name) || covered.has(s.name))));
  if (plugin.type === 'source') return [...(hasShort ? short : []), ...all];
  // With a class name, a sink may name topics instead: one of the three is needed. These settings are Connect's, not
  // the plug-in's.
  const topics = hasShort ? [] : TOPIC_SETTINGS;
  return [
    ...(hasShort ? short : []),
    { ...SOURCES, required: hasShort },
    ...topics,
    ...all.filter((s) => !TOPICS.has(s.name)),
  ];
}

/** Settings that were filled in and are not in the table. */
export function othersOf(
  table: readonly Setting[],
  values: Readonly<Record<string, string>>,
  described: Entity | undefined,
): readonly Setting[] {
  if (described === undefined) return [];
  const known = new Set(table.map((s) => s.name));
  return Object.keys(values)
    .filter((name) => !known.has(name))
    .map((name) => ({
      name,
      type: isSecretName(name) ? 'PASSWORD' : 'STRING',
      required: false,
      fallback: '',
      importance: 'LOW',
      documentation: '',
      group: OTHERS,
      sets: [name],
    }));
}
