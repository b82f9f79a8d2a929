import { useState } from 'preact/hooks';
import { listOf, textOf } from '../../../src/cli/render/fields.ts';
import { ask } from '../server/server.ts';
import { Section, useAnswer } from '../ui/parts.tsx';
import { ConnectorForm, inCluster, type Plugin } from './form.tsx';

/** Chooses a plug-in, of the server's Connect or of another cluster, and leads to its form. */
export function NewConnector() {
  const { value: known } = useAnswer(() => ask('SHOW CONNECT CLUSTERS;'), []);
  const clusters = listOf(known?.['clusters']).flatMap((c) => (c['name'] === null ? [] : [textOf(c['name'])]));
  const [cluster, setCluster] = useState('');
  const { value, problem } = useAnswer(() => ask(`SHOW CONNECTOR PLUGINS${inCluster(cluster)};`), [cluster]);
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
        {clusters.length === 0 ? null : (
          <label>
            Runs in{' '}
            <select
              value={cluster}
              onChange={(e) => {
                setCluster(e.currentTarget.value);
                setChosen(undefined);
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
          <ConnectorForm key={chosen.className} plugin={chosen} cluster={cluster} />
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
