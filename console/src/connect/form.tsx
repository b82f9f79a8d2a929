import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { renderEntity } from '../../../src/cli/render/entities.ts';
import { fieldsOf, listOf, textOf, textsOf } from '../../../src/cli/render/fields.ts';
import { formatSql } from '../../../src/sql/format/format.ts';
import { isSecretName } from '../../../src/base/secrets/names.ts';
import { maskProperties } from '../../../src/sql/printer/mask.ts';
import type { Entity } from '../../../src/wire/entities.ts';
import { live } from '../server/live.ts';
import { ask, messageOf, server, session } from '../server/server.ts';
import { Action, Code, Section, useAnswer } from '../ui/parts.tsx';
import { quote } from '../ui/quote.ts';
import { href } from '../ui/route.ts';
import { draftOf, keepDraft, type Draft, type Plugin } from './drafts.ts';
import { Field, type Setting } from './field.tsx';
import { Preview } from './preview.tsx';

/** The suffix of a statement about a connector in another cluster; empty for the server's own Connect. */
export function inCluster(cluster: string): string {
  return cluster === '' ? '' : ` IN CLUSTER ${quotedName(cluster)}`;
}

/** How long after the last key stroke the settings are checked, in ms. */
const CHECK_MS = 500;

/** The last result of VALIDATE CONNECTOR. */
interface Check {
  /** The checked settings: later changes have not been checked. */
  readonly of: string;
  readonly values: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
  readonly hint: string;
  /** Present if there are no problems. */
  readonly answer?: Entity;
  readonly settings: ReadonlyMap<string, { readonly visible: boolean; readonly recommended: readonly string[] }>;
}

const UNCHECKED: Check = { of: '', values: {}, problems: [], hint: '', settings: new Map() };

/**
 * A form generated from a plug-in's settings table; the result is a statement, which is checked and run like a typed
 * one.
 */
export function ConnectorForm({ plugin, cluster }: { readonly plugin: Plugin; readonly cluster: string }) {
  const { value: described, problem: unknown } = useAnswer(
    () => ask(`DESCRIBE CONNECTOR PLUGIN \`${plugin.className}\`${inCluster(cluster)};`),
    [plugin.className, cluster],
  );
  const draft = draftOf(plugin, cluster);
  const { name, values, initialState } = draft;
  const keep = (changes: Partial<Draft>): void => {
    const passwords = settings.filter((s) => s.type === 'PASSWORD').map((s) => s.name);
    keepDraft(plugin, cluster, { ...draftOf(plugin, cluster), passwords, ...changes });
  };
  const filledIn = useRef(new Set<string>());
  const [showsAll, setShowsAll] = useState(false);
  const [check, setCheck] = useState<Check>(UNCHECKED);
  const [done, setDone] = useState<{ readonly name: string; readonly entities: readonly Entity[] }>();
  const hasShort = plugin.shortName !== undefined && described !== undefined;
  const table = useMemo(() => settingsOf(plugin, described), [plugin.className, plugin.shortName, described]);
  const settings = useMemo(() => [...table, ...othersOf(table, values, described)], [table, values, described]);
  const statement = useMemo(
    () => statementOf(plugin, draft, cluster, hasShort),
    [plugin.className, plugin.shortName, draft, cluster, hasShort],
  );

  useEffect(() => {
    if (described === undefined || done !== undefined) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      server()
        .execute(statement.replace('CREATE', 'VALIDATE'), { signal: abort.signal })
        .then(
          ([answer]) => abort.signal.aborted || setCheck({ ...checkOf(answer!), of: statement, values }),
          (error: unknown) =>
            abort.signal.aborted || setCheck({ ...UNCHECKED, of: statement, values, problems: [messageOf(error)] }),
        );
    }, CHECK_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [statement, described, done]);

  if (unknown !== '')
    return (
      <div class="problem-box" role="alert">
        {unknown}
      </div>
    );
  if (done !== undefined) return <Made {...done} cluster={cluster} />;

  /** A setting without effect in combination with the current values is hidden, unless it was filled in. */
  const isIdle = (s: Setting): boolean => {
    const states = s.sets.map((key) => check.settings.get(key));
    return values[s.name] === undefined && states.length > 0 && states.every((state) => state?.visible === false);
  };
  // A setting that is cleared stays where it is.
  for (const setting of Object.keys(values)) filledIn.current.add(setting);
  const isFirst = (s: Setting): boolean =>
    s.required ||
    s.group === ESSENTIALS ||
    s.group === OTHERS ||
    filledIn.current.has(s.name) ||
    (!hasShort && s.importance === 'HIGH');
  const shown = settings.filter((s) => (showsAll || isFirst(s)) && !isIdle(s));
  const groups = [...new Set(shown.map((s) => s.group))];
  const touched = name !== '' || Object.keys(values).length > 0;
  const isFresh = check.of === statement;
  const isAbout = (problem: string, setting: string): boolean =>
    problem.includes(`"${setting}"`) || problem.startsWith(`${setting} `) || problem.includes(` ${setting}:`);
  /** The problems of a setting, reported under its own name or that of a setting that it sets. */
  const of = (s: Setting): readonly string[] =>
    check.problems.filter((p) => [s.name, ...s.sets].some((setting) => isAbout(p, setting)));
  const claimed = new Set(shown.flatMap(of));
  // Missing settings are not reported at fields that the user has not reached yet, but only once, unobtrusively.
  const isReached = (s: Setting): boolean => filledIn.current.has(s.name);
  const missing = shown.filter((s) => s.required && values[s.name] === undefined);
  const choicesOf = (s: Setting): readonly string[] =>
    s.name === SOURCES.name && plugin.type === 'sink'
      ? lists(
          values[s.name] ?? '',
          (live.sources.value?.sources ?? []).map((x) => x.name),
        )
      : s.sets.flatMap((key) => check.settings.get(key)?.recommended ?? []);
  return (
    <div class="connector-form">
      <form
        onSubmit={(event) => event.preventDefault()}
        aria-label={`Settings of ${plugin.shortName ?? plugin.className}`}
      >
        <Section title="Name">
          <input
            aria-label="Name"
            value={name}
            placeholder={plugin.type === 'source' ? 'shop' : 'back'}
            onInput={(e) => keep({ name: e.currentTarget.value })}
          />
        </Section>
        {groups.map((group) => (
          <Section key={group} title={group}>
            {shown
              .filter((s) => s.group === group)
              .map((s) => (
                <Field
                  key={s.name}
                  setting={s}
                  value={values[s.name]}
                  choices={choicesOf(s)}
                  problems={isReached(s) && check.values[s.name] === values[s.name] ? of(s) : []}
                  onChange={(text) => {
                    const { [s.name]: _, ...rest } = draftOf(plugin, cluster).values;
                    keep({ values: text === '' ? rest : { ...rest, [s.name]: text } });
                  }}
                />
              ))}
          </Section>
        ))}
        <div class="form-more">
          <button type="button" aria-pressed={showsAll} onClick={() => setShowsAll(!showsAll)}>
            {showsAll ? 'Fewer settings' : `All settings (${settings.length})`}
          </button>
          <label>
            Once created{' '}
            <select
              value={initialState ?? ''}
              onChange={(e) => keep({ initialState: (e.currentTarget.value || null) as Draft['initialState'] })}
            >
              <option value="">it runs</option>
              <option value="STOPPED">it is stopped, until RESUME</option>
              <option value="PAUSED">it is paused, until RESUME</option>
            </select>
          </label>
          {touched ? (
            <button
              type="button"
              onClick={() => {
                keepDraft(plugin, cluster, undefined);
                setCheck(UNCHECKED);
              }}
            >
              Empty the form
            </button>
          ) : null}
        </div>
      </form>
      <aside class="statement" aria-label="Statement">
        <h2>The statement</h2>
        <Code text={shownStatement(statement)} />
        {touched
          ? [...check.problems, ...(check.hint === '' ? [] : [check.hint])]
              .filter((p) => isFresh && !claimed.has(p))
              .map((p) => (
                <p key={p} class="problem" role="alert">
                  {p}
                </p>
              ))
          : null}
        {touched && missing.length > 0 ? (
          <p class="note">Still needed: {missing.map((s) => s.name).join(', ')}.</p>
        ) : null}
        {touched && !isFresh ? (
          <p class="note" role="status">
            Checking …
          </p>
        ) : null}
        {check.answer === undefined || !isFresh ? null : (
          <>
            <p class="good" role="status">
              Checked: CREATE would make this.
            </p>
            {plugin.type === 'sink' && listOf(check.answer['topics']).length === 0 ? (
              <p class="dim">Rows are sent as they come; nothing is declared here.</p>
            ) : null}
            <Preview answer={check.answer} />
          </>
        )}
        <div class="form-end">
          <button type="button" onClick={() => void navigator.clipboard?.writeText(statement)}>
            Copy
          </button>
          <Action
            label="Create"
            primary={isFresh && check.answer !== undefined}
            needs="connectors"
            about={statement}
            run={async () => {
              setDone({ name, entities: await server().execute(statement) });
              keepDraft(plugin, cluster, undefined);
            }}
          />
        </div>
      </aside>
    </div>
  );
}

/** The current list, completed with each of the names that it does not contain yet. */
function lists(written: string, names: readonly string[]): readonly string[] {
  const parts = written.split(',').map((p) => p.trim());
  const before = parts.slice(0, -1).filter((p) => p !== '');
  return names
    .filter((name) => !before.some((b) => b.toUpperCase() === name.toUpperCase()))
    .map((name) => [...before, quote(name)].join(', '));
}

const ESSENTIALS = 'Essentials';
/** Settings that the plug-in's table does not contain: they come from an import, and may be Connect's own. */
const OTHERS = 'Other settings';

/** The streams and tables that a sink reads. */
const SOURCES: Setting = {
  name: 'sources',
  type: 'LIST',
  required: true,
  fallback: '',
  importance: 'HIGH',
  documentation: 'Streams and tables to send, separated by commas.',
  group: ESSENTIALS,
  sets: [],
};
/** Settings that have their own place in the form. */
const HIDDEN: ReadonlySet<string> = new Set(['name', 'connector.class']);
/** Alternatives to `sources`. */
const TOPIC_SETTINGS: readonly Setting[] = [
  { ...SOURCES, name: 'topics', documentation: 'Topics to send, separated by commas, in place of sources.' },
  { ...SOURCES, name: 'topics.regex', documentation: 'Topics to send, by a pattern of Java, in place of a list.' },
].map((s) => ({ ...s, required: false, type: s.name === 'topics' ? 'LIST' : 'STRING' }));
const TOPICS: ReadonlySet<string> = new Set(TOPIC_SETTINGS.map((s) => s.name));

/** The settings of a plug-in: first those of its short form, then all others in their order. */
function settingsOf(plugin: Plugin, described: Entity | undefined): readonly Setting[] {
  const short = listOf(fieldsOf(described?.['shortForm'])['keys']).map((k): Setting => ({
    name: textOf(k['name']),
    type: /password/.test(textOf(k['name'])) ? 'PASSWORD' : 'STRING',
    required: k['required'] === true,
    fallback: '',
    importance: 'HIGH',
    documentation: textOf(k['doc']),
    group: ESSENTIALS,
    sets: textsOf(k['sets']),
  }));
  const hasShort = plugin.shortName !== undefined && short.length > 0;
  const covered = new Set(short.flatMap((s) => s.sets));
  const all = listOf(described?.['configs'])
    .map((c): Setting => ({
      name: textOf(c['name']),
      type: textOf(c['type']),
      required: c['required'] === true,
      fallback: textOf(c['defaultValue']),
      importance: textOf(c['importance']),
      documentation: textOf(c['documentation']),
      group: textOf(c['group']) || 'Other',
      sets: [textOf(c['name'])],
    }))
    // Settings that a short setting sets are not shown again.
    .filter((s) => !HIDDEN.has(s.name) && !(hasShort && (s.required || TOPICS.has(s.name) || covered.has(s.name))));
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
function othersOf(
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

function checkOf(answer: Entity): Omit<Check, 'of' | 'values'> {
  return {
    problems: textsOf(answer['problems']),
    hint: textOf(answer['hint']),
    ...(answer['isValid'] === true && { answer }),
    settings: new Map(
      listOf(answer['settings']).map((s) => [
        textOf(s['name']),
        { visible: s['visible'] !== false, recommended: textsOf(s['recommended']) },
      ]),
    ),
  };
}

function Made({
  name,
  cluster,
  entities,
}: {
  readonly name: string;
  readonly cluster: string;
  readonly entities: readonly Entity[];
}) {
  const page = /^[A-Za-z_]\w*$/.test(name) ? name.toUpperCase() : name.replaceAll(/^`|`$/g, '');
  return (
    <>
      {entities.map((e, i) => (
        <pre key={i} class="code" tabIndex={0}>
          {renderEntity(e, 120, session)}
        </pre>
      ))}
      <p>
        {cluster === '' ? (
          <>
            <a href={href('connectors', page)}>Its page</a> · <a href={href('flow', page)}>in the flow</a>
          </>
        ) : (
          <a href={href('connectors', page, cluster)}>Its page</a>
        )}
      </p>
    </>
  );
}

function statementOf(plugin: Plugin, { name, values, initialState }: Draft, cluster: string, isShort: boolean): string {
  const first = isShort ? ['connector', plugin.shortName!] : ['connector.class', plugin.className];
  const settings = [first, ...Object.entries(values)].map(
    ([key, value]) => `'${key}'='${value!.replaceAll("'", "''")}'`,
  );
  const kind = plugin.type === 'sink' ? 'SINK' : 'SOURCE';
  return formatSql(
    `CREATE ${kind} CONNECTOR ${name === '' ? 'unnamed' : quotedName(name)} WITH (${settings.join(', ')})${initialState === null ? '' : ` ${initialState}`}${inCluster(cluster)};`,
  );
}

function quotedName(name: string): string {
  return /^(?:[A-Za-z_]\w*|`(?:[^`]|``)+`)$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``;
}

/** The statement without values that may be secrets. */
function shownStatement(statement: string): string {
  return maskProperties(statement);
}
