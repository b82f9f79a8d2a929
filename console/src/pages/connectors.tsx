import { useState } from 'preact/hooks';
import { fieldsOf, listOf, textOf, textsOf } from '../../../src/cli/render/fields.ts';
import { schemaText } from '../../../src/cli/render/schema-text.ts';
import type { SchemaInfo } from '../../../src/wire/entities.ts';
import type { ServerEvents } from '../../../src/wire/events.ts';
import { ChangeForm } from '../connect/change-form.tsx';
import { inCluster } from '../connect/form.tsx';
import { openInEditor } from '../editor/workspace.tsx';
import { live, mood, problems } from '../server/live.ts';
import { ask, server } from '../server/server.ts';
import { Detail, Facts, Grid2, NotThere, Section } from '../ui/detail.tsx';
import { Listing, Names, type Column } from '../ui/listing.tsx';
import { State } from '../ui/state.tsx';
import { Action } from '../ui/action.tsx';
import { useAnswer } from '../ui/use-answer.ts';
import { LAG_LINE, Sparkline } from '../ui/sparkline.tsx';
import { count } from '../ui/numbers.ts';
import { go, href, route } from '../ui/route.ts';
import { usePace } from '../ui/use-pace.ts';
import { ConnectorEvents } from './connector-events.tsx';
import { DeadLetters } from './dead-letters.tsx';
import { formatString, quoteName } from '../../../src/sql/printer/names.ts';

type Connector = ServerEvents['connectors']['connectors'][number];

/** Only for the server's own connectors: other clusters report no metrics. */
const rate = (name: string, cluster: string | null): number | undefined =>
  cluster === null ? live.metrics.value?.connectors[name]?.recordsPerSecond : undefined;
/** Records that a sink has not consumed yet. */
const lag = (name: string, cluster: string | null): number | undefined =>
  (cluster === null ? live.metrics.value?.connectors[name]?.lag : undefined) ?? undefined;

/** Records that could not be processed since its tasks were started. */
const failures = (name: string, cluster: string | null): number | undefined =>
  cluster === null ? live.metrics.value?.connectors[name]?.failures : undefined;

const COLUMNS: readonly Column<Connector>[] = [
  { title: 'Connector', value: (c) => c.name },
  { title: 'Cluster', value: (c) => c.cluster ?? '' },
  { title: 'Kind', value: (c) => c.type },
  { title: 'State', value: (c) => c.state ?? '', view: (c) => <State state={c.state} /> },
  { title: 'Class', value: (c) => (c.className ?? '').split('.').at(-1)! },
  {
    title: 'Records/s',
    numeric: true,
    value: (c) => rate(c.name, c.cluster) ?? 0,
    view: (c) => count(rate(c.name, c.cluster)),
  },
  {
    title: 'Lag',
    numeric: true,
    value: (c) => lag(c.name, c.cluster) ?? 0,
    view: (c) => count(lag(c.name, c.cluster)),
  },
  {
    title: 'Failed',
    numeric: true,
    value: (c) => failures(c.name, c.cluster) ?? 0,
    view: (c) => count(failures(c.name, c.cluster)),
  },
  {
    title: 'What is wrong',
    value: (c) => c.cause ?? '',
    view: (c) =>
      c.cause === null ? '' : <span class={mood(c.state) === 'ok' ? 'cause' : 'bad-text cause'}>{c.cause}</span>,
  },
  {
    title: 'Last two minutes',
    spare: true,
    value: (c) => rate(c.name, c.cluster) ?? 0,
    view: (c) => (c.cluster === null ? <Sparkline of={`connector ${c.name}`} /> : ''),
  },
];

export function Connectors({ name }: { readonly name: string | undefined }) {
  if (name !== undefined)
    return <ConnectorPage key={route.value.join('/')} name={name} cluster={route.value[2] ?? null} />;
  void live.metrics.value;
  const rows = live.connectors.value?.connectors;
  const hasOthers = rows?.some((c) => c.cluster !== null) === true;
  const silent = (live.connectors.value?.unreachable ?? []).map((u) => `Cluster ${u.cluster}: ${u.problem}`);
  return (
    <Listing
      title="Connectors"
      rows={rows}
      columns={hasOthers ? COLUMNS : COLUMNS.filter((c) => c.title !== 'Cluster')}
      rowKey={(c) => `${c.cluster ?? ''} ${c.name}`}
      link={(c) => (c.cluster === null ? href('connectors', c.name) : href('connectors', c.name, c.cluster))}
      empty="No connectors yet. One brings the tables of a database in, or sends a result out."
      problem={problems.value['connectors'] ?? (silent.length === 0 ? undefined : silent.join('\n'))}
      actions={<Action label="New connector" icon="plus" primary needs="connectors" run={() => go('new-connector')} />}
    />
  );
}

/** The shortest time between two requests for the offsets, in ms. */
const EVERY_MS = 5000;

function ConnectorPage({ name, cluster }: { readonly name: string; readonly cluster: string | null }) {
  const now = live.connectors.value?.connectors.find((c) => c.name === name && c.cluster === cluster);
  const quoted = quoteName(name);
  const there = inCluster(cluster ?? '');
  const { value, problem, reload } = useAnswer(
    () => ask(`DESCRIBE CONNECTOR ${quoted}${there};`),
    // The description contains the progress of initial reads: it is requested again as these proceed, and when they
    // have ended.
    [name, now?.state, now?.cause, now?.progress.join('\n'), failures(name, cluster)],
  );
  const [open, setOpen] = useState(false);
  const [isChanging, setChanging] = useState(false);
  const [notice, setNotice] = useState('');
  const lastEvent = live.connectorEvents.value?.events.findLast((e) => e.connector === name)?.at;
  const pace = usePace({
    everyMs: EVERY_MS,
    signs: JSON.stringify([now?.progress, failures(name, cluster), lag(name, cluster), lastEvent]),
    // The event stream has no rates of other clusters' connectors.
    isBusy: (rate(name, cluster) ?? (cluster === null ? 0 : 1)) > 0,
  });
  const { value: held } = useAnswer(
    () => ask(`SHOW CONNECTOR OFFSETS OF ${quoted}${there};`),
    [name, now?.state],
    pace,
  );
  const offsets = listOf(held?.['offsets']);
  const deadLetters = textOf(fieldsOf(value?.['config'])['errors.deadletterqueue.topic.name']);
  const status = fieldsOf(value?.['status']);
  const tasks = listOf(status['tasks']);
  const connector = fieldsOf(status['connector']);
  const config = fieldsOf(value?.['config']);
  const { value: plugin, problem: noForm } = useAnswer(
    async () =>
      value === undefined
        ? undefined
        : await ask(`DESCRIBE CONNECTOR PLUGIN ${quoteName(textOf(config['connector.class']))}${there};`),
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
  return (
    <Detail
      kind="Connectors"
      list="connectors"
      name={name}
      state={now?.state ?? (value === undefined ? undefined : textOf(value['state']))}
      actions={
        <>
          {cluster !== null ? null : (
            <Action label="In the flow" run={() => void (location.hash = `#/flow/${encodeURIComponent(name)}`)} />
          )}
          <Action
            label="Restart"
            icon="restart"
            needs="connectors"
            done="Restarted at"
            primary={mood(now?.state) === 'bad' || mood(now?.state) === 'warn'}
            run={() => run(`RESTART CONNECTOR ${quoted}${there};`)}
          />
          {isPaused ? (
            <Action
              label="Resume"
              icon="play"
              primary
              needs="connectors"
              run={() => run(`RESUME CONNECTOR ${quoted}${there};`)}
            />
          ) : (
            <Action
              label="Pause"
              icon="pause"
              needs="connectors"
              run={() => run(`PAUSE CONNECTOR ${quoted}${there};`)}
            />
          )}
          <Action label="Change …" needs="connectors" run={() => setChanging(true)} />
          <Action
            label="Drop …"
            danger
            needs="connectors"
            run={() => openInEditor(`Drop ${name}`, `DROP CONNECTOR ${quoted}${there};\n`)}
          />
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
              <summary>Stack trace</summary>
              <pre tabIndex={0}>{traces.join('\n\n')}</pre>
            </details>
          )}
        </div>
      )}
      {textsOf(value?.['news']).map((text, i) => (
        <p key={`news ${i}`}>{text}</p>
      ))}
      {listOf(value?.['warnings']).map((w, i) => (
        <p key={i} class="note">
          {textOf(w['message'])}
        </p>
      ))}
      <Facts
        facts={[
          ['Kind', now?.type],
          ['Class', textOf(value?.['connectorClass'])],
          ['Cluster', cluster ?? ''],
          ['Records', rate(name, cluster) === undefined ? '' : `${count(rate(name, cluster))} /s`],
          ...(cluster === null
            ? [
                ['Failed, each time counted', count(failures(name, cluster))] as const,
                ['Lag', count(lag(name, cluster))] as const,
                [
                  'Records/s, last two minutes',
                  <Sparkline key="s" of={`connector ${name}`} width={220} height={28} />,
                ] as const,
                ...(lag(name, cluster) === undefined
                  ? []
                  : [
                      [
                        LAG_LINE,
                        <Sparkline key="l" of={`connector lag ${name}`} unit="records" width={220} height={28} />,
                      ] as const,
                    ]),
              ]
            : []),
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
            head={['Topic', 'Declared as', 'Columns']}
            rows={textsOf(value?.['topics']).map((topic) => [
              <a key="t" href={href('topics', topic)}>
                {topic}
              </a>,
              <Names
                key="n"
                names={listOf(value?.['sources'])
                  .filter((s) => s['topic'] === topic)
                  .map((s) => ({
                    name: textOf(s['name']),
                    href: href(s['type'] === 'TABLE' ? 'tables' : 'streams', textOf(s['name'])),
                  }))}
              />,
              <TopicColumns
                key="c"
                connector={name}
                topic={topic}
                declared={listOf(value?.['sources']).find((s) => s['topic'] === topic)}
                isAskable={cluster === null && now?.type === 'source'}
              />,
            ])}
          />
        </Section>
      </div>
      {offsets.length === 0 ? null : (
        <Section title="Offsets">
          <Grid2
            head={['Partition', 'Offset']}
            rows={offsets.map((offset) => [
              <span key="p" class="mono long">
                {JSON.stringify(offset['partition'])}
              </span>,
              <span key="o" class="mono long">
                {JSON.stringify(offset['offset'])}
              </span>,
            ])}
          />
          <p>
            <Action
              label="Change offsets …"
              needs="connectors"
              run={() =>
                openInEditor(
                  `Offsets of ${name}`,
                  `-- The connector is stopped for it and goes on behind it; what it has written stays.\n-- ${now?.type === 'sink' ? "BEGINNING, END, TIMESTAMP '2026-01-31T12:00:00' or offsets as they are shown." : 'BEGINNING, or offsets as they are shown.'}\nALTER CONNECTOR OFFSETS OF ${quoted} SET ${formatString(JSON.stringify(offsets, undefined, 2))}${there};\n`,
                )
              }
            />{' '}
            <Action
              label="Reset offsets …"
              needs="connectors"
              run={() =>
                openInEditor(
                  `Offsets of ${name}`,
                  `-- The connector is stopped for it and then reads everything again.\nRESET CONNECTOR OFFSETS OF ${quoted}${there};\n`,
                )
              }
            />
          </p>
        </Section>
      )}
      {value === undefined || cluster !== null ? null : (
        <DeadLetters
          name={name}
          isSource={(now?.type ?? textOf(status['type'])) === 'source'}
          topic={deadLetters}
          tolerance={textOf(config['errors.tolerance'])}
        />
      )}
      {cluster === null ? <ConnectorEvents name={name} /> : null}
      <Section title="Settings">
        {notice === '' ? null : (
          <p class="note" role="status">
            {notice}
          </p>
        )}
        {isChanging && plugin !== undefined && value !== undefined ? (
          <ChangeForm
            name={name}
            cluster={cluster ?? ''}
            type={(now?.type ?? textOf(status['type'])) === 'sink' ? 'sink' : 'source'}
            config={config}
            described={plugin}
            onDone={(message) => {
              setChanging(false);
              setNotice(message);
              reload();
            }}
          />
        ) : (
          <>
            {isChanging && noForm !== '' ? <p class="problem">{noForm}</p> : null}
            <Grid2
              head={['Setting', 'Value', 'What it means']}
              rows={Object.entries(config).map(([key, value]) => [
                <span key="k" class="mono">
                  {key}
                </span>,
                <span key="v" class="mono long">
                  {textOf(value)}
                </span>,
                <span key="d" class="dim">
                  {meanings.get(key)}
                </span>,
              ])}
            />
          </>
        )}
      </Section>
    </Detail>
  );
}

/** The columns of a topic: as declared, or else as SQL would declare what the connector has written. */
function TopicColumns({
  connector,
  topic,
  declared,
  isAskable,
}: {
  readonly connector: string;
  readonly topic: string;
  readonly declared: Readonly<Record<string, unknown>> | undefined;
  readonly isAskable: boolean;
}) {
  const { value } = useAnswer(
    async (signal) =>
      declared === undefined && isAskable ? await server().connectorTopicSchema(connector, topic, signal) : undefined,
    [connector, topic, declared === undefined, isAskable],
  );
  const columns =
    declared === undefined
      ? (value?.columns.map((c) => `${c.name} ${c.type}`) ?? [])
      : listOf(declared['fields']).map((f) => `${textOf(f['name'])} ${schemaText(f['schema'] as SchemaInfo)}`);
  if (columns.length === 0) return <span class="dim">–</span>;
  return <span class="mono">{columns.join(', ')}</span>;
}
