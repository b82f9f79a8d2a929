import { useMemo, useRef, useState } from 'preact/hooks';
import { renderEntity } from '../../../src/cli/render/entities.ts';
import { listOf } from '../../../src/cli/render/fields.ts';
import { formatSql } from '../../../src/sql/format/format.ts';
import { maskProperties } from '../../../src/sql/printer/mask.ts';
import type { Entity } from '../../../src/wire/entities.ts';
import { live } from '../server/live.ts';
import { ask, server, session } from '../server/server.ts';
import { Code, Section } from '../ui/detail.tsx';
import { Action } from '../ui/action.tsx';
import { useAnswer } from '../ui/use-answer.ts';
import { formatName, quoteName } from '../../../src/sql/printer/names.ts';
import { href } from '../ui/route.ts';
import { draftOf, keepDraft, type Draft, type Plugin } from './drafts.ts';
import { entry } from './changes.ts';
import { isIdle, problemsOf, useCheck } from './check.ts';
import { UnclaimedProblems } from './unclaimed-problems.tsx';
import { Field, type Setting } from './field.tsx';
import { Preview } from './preview.tsx';
import { ESSENTIALS, OTHERS, othersOf, settingsOf, SOURCES } from './settings.ts';
import { isReserved } from '../../../src/sql/keywords.ts';

/** The suffix of a statement about a connector in another cluster; empty for the server's own Connect. */
export function inCluster(cluster: string): string {
  return cluster === '' ? '' : ` IN CLUSTER ${typedName(cluster)}`;
}

/**
 * A form generated from a plug-in's settings table; the result is a statement, which is checked and run like a typed
 * one.
 */
export function ConnectorForm({ plugin, cluster }: { readonly plugin: Plugin; readonly cluster: string }) {
  const { value: described, problem: unknown } = useAnswer(
    () => ask(`DESCRIBE CONNECTOR PLUGIN ${quoteName(plugin.className)}${inCluster(cluster)};`),
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
  const [done, setDone] = useState<{ readonly name: string; readonly entities: readonly Entity[] }>();
  const hasShort = plugin.shortName !== undefined && described !== undefined;
  const table = useMemo(() => settingsOf(plugin, described), [plugin.className, plugin.shortName, described]);
  const settings = useMemo(() => [...table, ...othersOf(table, values, described)], [table, values, described]);
  const statement = useMemo(
    () => statementOf(plugin, draft, cluster, hasShort),
    [plugin.className, plugin.shortName, draft, cluster, hasShort],
  );

  const checked = statement.replace('CREATE', 'VALIDATE');
  const { check, forget } = useCheck(described === undefined || done !== undefined ? undefined : checked, values);

  if (unknown !== '')
    return (
      <div class="problem-box" role="alert">
        {unknown}
      </div>
    );
  if (done !== undefined) return <Made {...done} cluster={cluster} />;

  // A setting that is cleared stays where it is.
  for (const setting of Object.keys(values)) filledIn.current.add(setting);
  const isFirst = (s: Setting): boolean =>
    s.required ||
    s.group === ESSENTIALS ||
    s.group === OTHERS ||
    filledIn.current.has(s.name) ||
    (!hasShort && s.importance === 'HIGH');
  const shown = settings.filter((s) => (showsAll || isFirst(s)) && !isIdle(check, s, values[s.name]));
  const groups = [...new Set(shown.map((s) => s.group))];
  const touched = name !== '' || Object.keys(values).length > 0;
  const isFresh = check.of === checked;
  const claimed = new Set(shown.flatMap((s) => problemsOf(check, s)));
  // Missing settings are not reported at fields that the user has not reached yet, but only once, unobtrusively.
  const isReached = (s: Setting): boolean => filledIn.current.has(s.name);
  const missing = shown.filter((s) => s.required && values[s.name] === undefined);
  const choicesOf = (s: Setting): readonly string[] =>
    s.name === SOURCES.name && plugin.type === 'sink'
      ? sourceChoices(
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
              .map((setting) => (
                <Field
                  key={setting.name}
                  setting={setting}
                  value={values[setting.name]}
                  choices={choicesOf(setting)}
                  problems={
                    isReached(setting) && check.values[setting.name] === values[setting.name]
                      ? problemsOf(check, setting)
                      : []
                  }
                  onChange={(text) => {
                    const { [setting.name]: _, ...rest } = draftOf(plugin, cluster).values;
                    keep({ values: text === '' ? rest : { ...rest, [setting.name]: text } });
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
                forget();
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
        {touched && isFresh ? <UnclaimedProblems check={check} claimed={claimed} /> : null}
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
export function sourceChoices(written: string, names: readonly string[]): readonly string[] {
  const parts = written.split(',').map((p) => p.trim());
  const before = parts.slice(0, -1).filter((p) => p !== '');
  return names
    .filter((name) => !before.some((b) => b.toUpperCase() === name.toUpperCase()))
    .map((name) => [...before, formatName(name)].join(', '));
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
  const settings = [first, ...Object.entries(values)].map(([key, value]) => entry(key!, value!));
  const kind = plugin.type === 'sink' ? 'SINK' : 'SOURCE';
  return formatSql(
    `CREATE ${kind} CONNECTOR ${name === '' ? 'unnamed' : typedName(name)} WITH (${settings.join(', ')})${initialState === null ? '' : ` ${initialState}`}${inCluster(cluster)};`,
  );
}

/** A name that was typed into the form, as SQL takes it: in back-quotes where it needs them. */
function typedName(name: string): string {
  if (/^`(?:[^`]|``)+`$/.test(name)) return name;
  if (!/^[A-Za-z_]\w*$/.test(name)) return quoteName(name);
  return isReserved(name.toUpperCase()) ? quoteName(name.toUpperCase()) : name;
}

/** The statement without values that may be secrets. */
export function shownStatement(statement: string): string {
  return maskProperties(statement);
}
