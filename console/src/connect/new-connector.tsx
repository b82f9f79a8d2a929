import { useState } from 'preact/hooks';
import { listOf, textOf } from '../../../src/cli/render/fields.ts';
import { ask, messageOf } from '../server/server.ts';
import { Section } from '../ui/detail.tsx';
import { useAnswer } from '../ui/use-answer.ts';
import { go, route } from '../ui/route.ts';
import { keepDraft, type Plugin } from './drafts.ts';
import { ConnectorForm, inCluster } from './form.tsx';
import { importConnector } from './import.ts';

/**
 * Lets the user choose a plug-in, of the server's Connect or of another cluster, and opens its form:
 * `#/new-connector/CLASS`.
 */
export function NewConnector() {
  const { value: known } = useAnswer(() => ask('SHOW CONNECT CLUSTERS;'), []);
  const clusters = listOf(known?.['clusters']).flatMap((c) => (c['name'] === null ? [] : [textOf(c['name'])]));
  const [picked, setPicked] = useState('');
  const [, named, type = 'source', cluster = picked] = route.value;
  const { value, problem } = useAnswer(() => ask(`SHOW CONNECTOR PLUGINS${inCluster(cluster)};`), [cluster]);
  const plugins = listOf(value?.['connectorsPlugins']).map((p): Plugin => ({
    className: textOf(p['className']),
    type: textOf(p['type']) === 'sink' ? 'sink' : 'source',
    shortName: p['shortName'] === undefined ? undefined : textOf(p['shortName']),
  }));
  const short = distinct(plugins);
  // Each class also has a form with its own settings, as in Connect's documentation.
  const classes = plugins.map(({ className, type: t }): Plugin => ({ className, type: t }));
  const chosen =
    named === undefined || value === undefined
      ? undefined
      : (short.find((p) => p.shortName === named && p.type === type) ??
        classes.find((p) => p.className === named) ?? { className: named, type: type === 'sink' ? 'sink' : 'source' });
  const choose = (p: Plugin): void =>
    go('new-connector', p.shortName ?? p.className, p.type, ...(cluster === '' ? [] : [cluster]));
  return (
    <div class="page">
      <header class="page-head">
        <h1>
          <a href="#/connectors">Connectors</a> <span class="dim">/</span> New connector
          {chosen === undefined ? null : (
            <span class="dim">
              {' '}
              / {chosen.shortName ?? chosen.className.split('.').at(-1)}, a {chosen.type}
            </span>
          )}
        </h1>
        <span class="space" />
        {clusters.length === 0 ? null : (
          <label>
            Runs in{' '}
            <select
              value={cluster}
              onChange={(e) => {
                setPicked(e.currentTarget.value);
                go('new-connector');
              }}
            >
              <option value="">the server's Connect</option>
              {clusters.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
        {chosen === undefined ? null : (
          <a class="button" href="#/new-connector">
            Another plug-in
          </a>
        )}
      </header>
      <div class="page-body" tabIndex={0} role="region" aria-label="New connector">
        {problem === '' ? null : (
          <div class="problem-box" role="alert">
            {problem}
          </div>
        )}
        {chosen === undefined ? (
          value === undefined ? null : (
            <>
              {(['source', 'sink'] as const).map((kind) => (
                <Section key={kind} title={kind === 'source' ? 'Sources: bring data in' : 'Sinks: send data out'}>
                  <div class="tiles">
                    {short
                      .filter((p) => p.type === kind)
                      .toSorted((a, b) => Number(b.shortName !== undefined) - Number(a.shortName !== undefined))
                      .map((p) => (
                        <button type="button" class="tile" key={p.className} onClick={() => choose(p)}>
                          <strong>{p.shortName ?? p.className.split('.').at(-1)}</strong>
                          <span class="dim">{p.className}</span>
                        </button>
                      ))}
                  </div>
                </Section>
              ))}
              <Import known={[...short, ...classes]} cluster={cluster} onImported={choose} />
              {cluster !== '' ? null : <ByClass classes={classes} onChoose={choose} />}
            </>
          )
        ) : (
          <ConnectorForm
            key={[chosen.shortName ?? chosen.className, chosen.type, cluster].join(' ')}
            plugin={chosen}
            cluster={cluster}
          />
        )}
      </div>
    </div>
  );
}

/** Imports a connector configuration copied from other documentation. */
function Import({
  known,
  cluster,
  onImported,
}: {
  readonly known: readonly Plugin[];
  readonly cluster: string;
  onImported(plugin: Plugin): void;
}) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState('');
  const fill = (): void => {
    try {
      const { plugin, draft } = importConnector(text, known);
      keepDraft(plugin, cluster, draft);
      onImported(plugin);
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <details class="section">
      <summary>From JSON, as Connect’s REST API takes it</summary>
      <textarea
        class="wide mono"
        rows={10}
        aria-label="JSON of a connector"
        spellcheck={false}
        placeholder={
          '{"name": "shop", "config": {"connector.class": "io.confluent.connect.jdbc.JdbcSourceConnector", …}}'
        }
        value={text}
        onInput={(e) => setText(e.currentTarget.value)}
      />
      {problem === '' ? null : (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <p>
        <button type="button" class="primary" disabled={text.trim() === ''} onClick={fill}>
          Fill the form
        </button>
      </p>
    </details>
  );
}

/** All available class names, mostly those of the Java connectors. */
function ByClass({ classes, onChoose }: { readonly classes: readonly Plugin[]; onChoose(plugin: Plugin): void }) {
  return (
    <details class="section">
      <summary>By class name, with the settings of that class ({classes.length})</summary>
      <ul class="plain">
        {classes.map((plugin) => (
          <li key={`${plugin.type} ${plugin.className}`}>
            <button type="button" class="link mono" onClick={() => onChoose(plugin)}>
              {plugin.className}
            </button>{' '}
            <span class="dim">{plugin.type}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/**
 * Classes that share a short name are shown as one connector: it also accepts the settings of the corresponding Java
 * connectors.
 */
function distinct(plugins: readonly Plugin[]): readonly Plugin[] {
  const isOwn = (p: Plugin): boolean => p.className.startsWith('sluice.');
  return plugins.filter((p) => {
    const same = plugins.filter((q) => p.shortName !== undefined && q.shortName === p.shortName && q.type === p.type);
    return same.length === 0 || p === (same.find(isOwn) ?? same[0]);
  });
}
