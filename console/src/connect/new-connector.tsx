import { useEffect, useMemo, useState } from 'preact/hooks';
import { ClientError } from '../../../src/client/client-error.ts';
import { fieldsOf, listOf, textOf } from '../../../src/cli/render/fields.ts';
import { renderEntity } from '../../../src/cli/render/entities.ts';
import type { Entity } from '../../../src/wire/entities.ts';
import { ask, messageOf, server, session } from '../server/server.ts';
import { Action, Code, Section, useAnswer } from '../ui/parts.tsx';
import { href } from '../ui/route.ts';

interface Plugin {
  readonly className: string;
  readonly type: 'source' | 'sink';
  readonly shortName: string | undefined;
}

interface Setting {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly fallback: string;
  readonly importance: string;
  readonly documentation: string;
  readonly group: string;
}

/** How long after the last key the settings are checked, in ms. */
const CHECK_MS = 500;

/** A form made of the table of settings that a plugin has; what results is a statement, checked and run as one that is typed. */
export function NewConnector() {
  const { value, problem } = useAnswer(() => ask('SHOW CONNECTOR PLUGINS;'), []);
  const [chosen, setChosen] = useState<Plugin>();
  const plugins = distinct(
    listOf(value?.['connectorsPlugins']).map((p): Plugin => ({
      className: textOf(p['className']),
      type: textOf(p['type']) === 'sink' ? 'sink' : 'source',
      shortName: p['shortName'] === undefined ? undefined : textOf(p['shortName']),
    })),
  );
  return (
    <div class="page">
      <header class="page-head">
        <h1>
          <a href="#/connectors">Connectors</a> <span class="dim">/</span> New connector
        </h1>
        <span class="space" />
        {chosen === undefined ? null : (
          <button type="button" onClick={() => setChosen(undefined)}>
            Another plug-in
          </button>
        )}
      </header>
      <div class="page-body" tabIndex={0} role="region" aria-label="New connector">
        {problem === '' ? null : <div class="problem-box">{problem}</div>}
        {chosen === undefined ? (
          (['source', 'sink'] as const).map((type) => (
            <Section key={type} title={type === 'source' ? 'Brings data in' : 'Sends data out'}>
              <div class="tiles">
                {plugins
                  .filter((p) => p.type === type)
                  .toSorted((a, b) => Number(b.shortName !== undefined) - Number(a.shortName !== undefined))
                  .map((p) => (
                    <button type="button" class="tile" key={p.className} onClick={() => setChosen(p)}>
                      <strong>{p.shortName ?? p.className.split('.').at(-1)}</strong>
                      <span class="dim">{p.className}</span>
                    </button>
                  ))}
              </div>
            </Section>
          ))
        ) : (
          <Form key={chosen.className} plugin={chosen} />
        )}
      </div>
    </div>
  );
}

/** Classes that one short name stands for are one connector: the Java connectors whose settings it takes as well. */
function distinct(plugins: readonly Plugin[]): readonly Plugin[] {
  const isOwn = (p: Plugin): boolean => p.className.startsWith('sluice.');
  return plugins.filter((p) => {
    const same = plugins.filter((q) => p.shortName !== undefined && q.shortName === p.shortName && q.type === p.type);
    return same.length === 0 || p === (same.find(isOwn) ?? same[0]);
  });
}

function Form({ plugin }: { readonly plugin: Plugin }) {
  const { value: described, problem: unknown } = useAnswer(
    () => ask(`DESCRIBE CONNECTOR PLUGIN \`${plugin.className}\`;`),
    [plugin.className],
  );
  const [name, setName] = useState('');
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [showsAll, setShowsAll] = useState(false);
  const [check, setCheck] = useState<{ readonly problems: readonly string[]; readonly answer?: Entity }>({
    problems: [],
  });
  const [done, setDone] = useState<readonly Entity[]>();
  const short = fieldsOf(described?.['shortForm']);
  const hasShort = plugin.shortName !== undefined && described !== undefined;
  const shortKeys = listOf(short['keys']).map((k): Setting => ({
    name: textOf(k['name']),
    type: /password/.test(textOf(k['name'])) ? 'PASSWORD' : 'STRING',
    required: k['required'] === true,
    fallback: '',
    importance: 'HIGH',
    documentation: textOf(k['doc']),
    group: 'Essentials',
  }));
  const all = listOf(described?.['configs']).map((c): Setting => ({
    name: textOf(c['name']),
    type: textOf(c['type']),
    required: c['required'] === true,
    fallback: textOf(c['defaultValue']),
    importance: textOf(c['importance']),
    documentation: textOf(c['documentation']),
    group: textOf(c['group']) || 'Other',
  }));
  const long = hasShort ? all.filter((s) => !s.required) : all;
  const shown = [
    ...(hasShort ? shortKeys : []),
    ...(plugin.type === 'sink' ? [SOURCES] : []),
    ...long.filter((s) => !HIDDEN.has(s.name) && (showsAll || s.required || (!hasShort && s.importance === 'HIGH'))),
  ];
  const groups = [...new Set(shown.map((s) => s.group))];
  const statement = useMemo(() => statementOf(plugin, name, hasShort, values), [plugin, name, hasShort, values]);

  useEffect(() => {
    if (described === undefined || done !== undefined) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      server()
        .execute(`EXPLAIN ${statement}`, { signal: abort.signal })
        .then(
          ([answer]) => setCheck({ problems: [], ...(answer && { answer }) }),
          (error: unknown) => abort.signal.aborted || setCheck({ problems: problemsOf(error) }),
        );
    }, CHECK_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [statement, described, done]);

  if (unknown !== '') return <div class="problem-box">{unknown}</div>;
  if (done !== undefined) return <Made name={name} entities={done} />;
  const touched = name !== '' || Object.keys(values).length > 0;
  const of = (setting: string): readonly string[] =>
    check.problems.filter(
      (p) =>
        p.includes(`"${setting}"`) ||
        p.startsWith(`${setting} `) ||
        p.includes(` ${setting}:`) ||
        p.includes(`configuration ${setting}:`),
    );
  const claimed = new Set(shown.flatMap((s) => of(s.name)));
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
            onInput={(e) => setName(e.currentTarget.value)}
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
                  problems={touched ? of(s.name) : []}
                  onChange={(text) =>
                    setValues((old) => {
                      const { [s.name]: _, ...rest } = old;
                      return text === '' ? rest : { ...rest, [s.name]: text };
                    })
                  }
                />
              ))}
          </Section>
        ))}
        <button type="button" aria-pressed={showsAll} onClick={() => setShowsAll(!showsAll)}>
          {showsAll ? 'Fewer settings' : `All settings (${all.length})`}
        </button>
      </form>
      <aside class="statement" aria-label="Statement">
        <h2>The statement</h2>
        <Code text={statement.replaceAll(/(password\S*' = |password\S* = )'(?:[^']|'')*'/gi, "$1'…'")} />
        {touched
          ? check.problems
              .filter((p) => !claimed.has(p))
              .map((p) => (
                <p key={p} class="problem" role="alert">
                  {p}
                </p>
              ))
          : null}
        {check.answer === undefined ? null : (
          <>
            <p class="good" role="status">
              Checked: this would be done.
            </p>
            <pre class="code" tabIndex={0}>
              {renderEntity(check.answer, 70, session)}
            </pre>
          </>
        )}
        <div class="form-end">
          <button type="button" onClick={() => void navigator.clipboard?.writeText(statement)}>
            Copy
          </button>
          <Action
            label="Create"
            primary
            run={async () => {
              setDone(await server().execute(statement));
            }}
          />
        </div>
      </aside>
    </div>
  );
}

/** What a sink reads, in the words of SQL. */
const SOURCES: Setting = {
  name: 'sources',
  type: 'LIST',
  required: true,
  fallback: '',
  importance: 'HIGH',
  documentation: 'Streams and tables to send, separated by commas.',
  group: 'Essentials',
};
const HIDDEN: ReadonlySet<string> = new Set(['name', 'connector.class', 'topics', 'topics.regex']);

function Field({
  setting,
  value,
  problems,
  onChange,
}: {
  readonly setting: Setting;
  readonly value: string | undefined;
  readonly problems: readonly string[];
  onChange(text: string): void;
}) {
  const id = `setting-${setting.name}`;
  return (
    <div class="field">
      <label for={id}>
        {setting.name}
        {setting.required ? <span class="dim"> needed</span> : null}
      </label>
      {setting.type === 'BOOLEAN' ? (
        <select id={id} value={value ?? ''} onChange={(e) => onChange(e.currentTarget.value)}>
          <option value="">{setting.fallback === '' ? '' : `default: ${setting.fallback}`}</option>
          <option>true</option>
          <option>false</option>
        </select>
      ) : (
        <input
          id={id}
          {...((setting.type === 'PASSWORD' ? { type: 'password' } : {}) as { readonly type?: 'text' })}
          inputMode={/^(?:INT|LONG|SHORT|DOUBLE)$/.test(setting.type) ? 'numeric' : 'text'}
          autocomplete="off"
          spellcheck={false}
          value={value ?? ''}
          placeholder={setting.fallback}
          aria-invalid={problems.length > 0}
          aria-describedby={`${id}-doc`}
          onInput={(e) => onChange(e.currentTarget.value)}
        />
      )}
      <p class="dim" id={`${id}-doc`}>
        {setting.documentation}
      </p>
      {problems.map((p) => (
        <p key={p} class="problem" role="alert">
          {p}
        </p>
      ))}
    </div>
  );
}

function Made({ name, entities }: { readonly name: string; readonly entities: readonly Entity[] }) {
  return (
    <>
      {entities.map((e, i) => (
        <pre key={i} class="code" tabIndex={0}>
          {renderEntity(e, 120, session)}
        </pre>
      ))}
      <p>
        <a href={href('connectors', name.toUpperCase())}>Its page</a> ·{' '}
        <a href={href('flow', name.toUpperCase())}>in the flow</a>
      </p>
    </>
  );
}

function statementOf(plugin: Plugin, name: string, isShort: boolean, values: Readonly<Record<string, string>>): string {
  const first = isShort ? ['connector', plugin.shortName!] : ['connector.class', plugin.className];
  const settings = [first, ...Object.entries(values)].map(
    ([key, value]) => `  '${key}' = '${value!.replaceAll("'", "''")}'`,
  );
  const shown = /^[A-Za-z_]\w*$/.test(name) ? name : name === '' ? 'unnamed' : `\`${name.replaceAll('`', '``')}\``;
  return `CREATE ${plugin.type === 'sink' ? 'SINK' : 'SOURCE'} CONNECTOR ${shown} WITH (\n${settings.join(',\n')}\n);`;
}

/** The sentences of a refusal, one a line. */
function problemsOf(error: unknown): string[] {
  const text = messageOf(error);
  const hint = error instanceof ClientError && error.hint !== undefined ? [error.hint] : [];
  return [
    ...text
      .replace(/^Validation error: /, '')
      .split('\n')
      .filter((l) => l.trim() !== ''),
    ...hint,
  ];
}
