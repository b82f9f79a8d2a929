import { useState } from 'preact/hooks';
import { fieldsOf, listOf, textOf, textsOf } from '../../../src/cli/render/fields.ts';
import type { ServerEvents } from '../../../src/wire/events.ts';
import { openInEditor } from '../editor/workspace.tsx';
import { live, mood, problems } from '../server/live.ts';
import { ask } from '../server/server.ts';
import {
  Action,
  count,
  Detail,
  Facts,
  Grid2,
  Listing,
  NotThere,
  Section,
  Sparkline,
  State,
  useAnswer,
  type Column,
} from '../ui/parts.tsx';
import { go, href } from '../ui/route.ts';
import { ConnectorEvents } from './connector-events.tsx';
import { DeadLetters } from './dead-letters.tsx';

type Connector = ServerEvents['connectors']['connectors'][number];

const rate = (name: string): number | undefined => live.metrics.value?.connectors[name]?.recordsPerSecond;

const COLUMNS: readonly Column<Connector>[] = [
  { title: 'Connector', value: (c) => c.name },
  { title: 'Kind', value: (c) => c.type },
  { title: 'State', value: (c) => c.state ?? '', view: (c) => <State state={c.state} /> },
  { title: 'Class', value: (c) => (c.className ?? '').split('.').at(-1)! },
  { title: 'Records/s', numeric: true, value: (c) => rate(c.name) ?? 0, view: (c) => count(rate(c.name)) },
  {
    title: 'What is wrong',
    value: (c) => c.cause ?? '',
    view: (c) => (c.cause === null ? '' : <span class={mood(c.state) === 'ok' ? '' : 'bad-text'}>{c.cause}</span>),
  },
  { title: 'Last two minutes', value: (c) => rate(c.name) ?? 0, view: (c) => <Sparkline of={`connector ${c.name}`} /> },
];

export function Connectors({ name }: { readonly name: string | undefined }) {
  if (name !== undefined) return <ConnectorPage name={name} />;
  void live.metrics.value;
  return (
    <Listing
      title="Connectors"
      rows={live.connectors.value?.connectors}
      columns={COLUMNS}
      rowKey={(c) => c.name}
      link={(c) => href('connectors', c.name)}
      empty="No connectors yet. One brings the tables of a database in, or sends a result out."
      problem={problems.value['connectors']}
      actions={<Action label="New connector" icon="plus" primary run={() => go('new-connector')} />}
    />
  );
}

function ConnectorPage({ name }: { readonly name: string }) {
  const now = live.connectors.value?.connectors.find((c) => c.name === name);
  const quoted = `\`${name}\``;
  const { value, problem, reload } = useAnswer(
    () => ask(`DESCRIBE CONNECTOR ${quoted};`),
    [name, now?.state, now?.cause],
  );
  const [open, setOpen] = useState(false);
  const { value: held } = useAnswer(() => ask(`SHOW CONNECTOR OFFSETS OF ${quoted};`), [name, now?.state]);
  const offsets = listOf(held?.['offsets']);
  const deadLetters = textOf(fieldsOf(value?.['config'])['errors.deadletterqueue.topic.name']);
  const status = fieldsOf(value?.['status']);
  const tasks = listOf(status['tasks']);
  const connector = fieldsOf(status['connector']);
  const config = fieldsOf(value?.['config']);
  const { value: plugin } = useAnswer(
    async () =>
      value === undefined
        ? undefined
        : await ask(`DESCRIBE CONNECTOR PLUGIN \`${textOf(config['connector.class'])}\`;`),
    [textOf(config['connector.class'])],
  );
  const meanings = new Map(listOf(plugin?.['configs']).map((c) => [textOf(c['name']), textOf(c['documentation'])]));
  const traces = [connector, ...tasks].map((t) => textOf(t['trace'])).filter((t) => t !== '');
  const isPaused = /^(?:PAUSED|STOPPED)/.test(now?.state ?? '');
  if (value === undefined && problem !== '')
    return <NotThere kind="Connectors" list="connectors" name={name} problem={problem} />;
  const run = async (statement: string): Promise<void> => {
    await ask(statement);
    reload();
  };
  const change = (): void => {
    const settings = Object.entries(config)
      .filter(([key]) => key !== 'connector.class' && key !== 'name')
      .map(([key, v]) => `-- ALTER CONNECTOR ${quoted} SET ('${key}'='${textOf(v).replaceAll("'", "''")}');`);
    openInEditor(
      `Change ${name}`,
      `-- What stays needs no mention: take the comment (Ctrl-/) from what you change.\n${settings.join('\n')}\n`,
    );
  };
  return (
    <Detail
      kind="Connectors"
      list="connectors"
      name={name}
      state={now?.state ?? (value === undefined ? undefined : textOf(value['state']))}
      actions={
        <>
          <Action label="In the flow" run={() => void (location.hash = `#/flow/${encodeURIComponent(name)}`)} />
          <Action
            label="Restart"
            icon="restart"
            primary={mood(now?.state) === 'bad' || mood(now?.state) === 'warn'}
            run={() => run(`RESTART CONNECTOR ${quoted};`)}
          />
          {isPaused ? (
            <Action label="Resume" icon="play" primary run={() => run(`RESUME CONNECTOR ${quoted};`)} />
          ) : (
            <Action label="Pause" icon="pause" run={() => run(`PAUSE CONNECTOR ${quoted};`)} />
          )}
          <Action label="Change …" run={change} />
          <Action label="Drop …" danger run={() => openInEditor(`Drop ${name}`, `DROP CONNECTOR ${quoted};\n`)} />
        </>
      }
    >
      {problem === '' ? null : (
        <div class="problem-box" role="alert">
          {problem}
        </div>
      )}
      {now?.cause == null ? null : (
        <div class="problem-box" role="alert">
          <strong>{now.cause}</strong>
          {traces.length === 0 ? null : (
            <details open={open} onToggle={(e) => setOpen(e.currentTarget.open)}>
              <summary>All that the task said</summary>
              <pre tabIndex={0}>{traces.join('\n\n')}</pre>
            </details>
          )}
        </div>
      )}
      {listOf(value?.['warnings']).map((w, i) => (
        <p key={i} class="note">
          {textOf(w['message'])}
        </p>
      ))}
      <Facts
        facts={[
          ['Kind', now?.type],
          ['Class', textOf(value?.['connectorClass'])],
          ['Records', rate(name) === undefined ? '' : `${count(rate(name))} /s`],
          ['Could not handle', count(live.metrics.value?.connectors[name]?.failures)],
          ['Last two minutes', <Sparkline key="s" of={`connector ${name}`} width={220} height={28} />],
        ]}
      />
      <div class="columns">
        <Section title="Tasks">
          <Grid2
            head={['Task', 'State', 'Worker']}
            rows={tasks.map((t) => [
              textOf(t['id']),
              <State key="s" state={textOf(t['state'])} />,
              textOf(t['worker_id']),
            ])}
          />
        </Section>
        <Section title="Topics, and what is declared over them">
          <Grid2
            head={['Topic', 'Declared as']}
            rows={textsOf(value?.['topics']).map((topic) => [
              <a key="t" href={href('topics', topic)}>
                {topic}
              </a>,
              listOf(value?.['sources'])
                .filter((s) => s['topic'] === topic)
                .map((s) => (
                  <a
                    key={textOf(s['name'])}
                    href={href(s['type'] === 'TABLE' ? 'tables' : 'streams', textOf(s['name']))}
                  >
                    {textOf(s['name'])}{' '}
                  </a>
                )),
            ])}
          />
        </Section>
      </div>
      {offsets.length === 0 ? null : (
        <Section title="Where it stands">
          <Grid2
            head={['Of', 'At']}
            rows={offsets.map((o) => [
              <span key="p" class="mono">
                {JSON.stringify(o['partition'])}
              </span>,
              <span key="o" class="mono">
                {JSON.stringify(o['offset'])}
              </span>,
            ])}
          />
          <p>
            <Action
              label="Move …"
              run={() =>
                openInEditor(
                  `Move ${name}`,
                  `-- It must stand still; what it has written stays. BEGINNING, END, TIMESTAMP '...' or offsets as they are shown.\nSTOP CONNECTOR ${quoted};\nALTER CONNECTOR OFFSETS OF ${quoted} SET '${JSON.stringify(offsets).replaceAll("'", "''")}';\nRESUME CONNECTOR ${quoted};\n`,
                )
              }
            />{' '}
            <Action
              label="Begin anew …"
              run={() =>
                openInEditor(
                  `Reset ${name}`,
                  `-- It reads everything again.\nSTOP CONNECTOR ${quoted};\nRESET CONNECTOR OFFSETS OF ${quoted};\nRESUME CONNECTOR ${quoted};\n`,
                )
              }
            />
          </p>
        </Section>
      )}
      {value === undefined ? null : (
        <DeadLetters name={name} isSource={(now?.type ?? textOf(status['type'])) === 'source'} topic={deadLetters} />
      )}
      <ConnectorEvents name={name} />
      <Section title="Settings">
        <Grid2
          head={['Setting', 'Value', 'What it means']}
          rows={Object.entries(config).map(([key, v]) => [
            <span key="k" class="mono">
              {key}
            </span>,
            <span key="v" class="mono">
              {textOf(v)}
            </span>,
            <span key="d" class="dim">
              {meanings.get(key)}
            </span>,
          ])}
        />
      </Section>
    </Detail>
  );
}
