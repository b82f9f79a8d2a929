import { sameErrors } from '../../../src/cli/render/same-errors.ts';
import { fieldsOf, listOf, textOf } from '../../../src/cli/render/fields.ts';
import { formatSql } from '../../../src/sql/format/format.ts';
import { around } from '../flow/graph.ts';
import { openInEditor } from '../editor/workspace.tsx';
import type { ServerEvents } from '../../../src/wire/events.ts';
import { live, problems, ratesOf, sourceRecordsPerSecond } from '../server/live.ts';
import { ask, server } from '../server/server.ts';
import { Code, Detail, Facts, Grid2, NotThere, Section } from '../ui/detail.tsx';
import { Listing, Names, type Column } from '../ui/listing.tsx';
import { State } from '../ui/state.tsx';
import { Action } from '../ui/action.tsx';
import { useAnswer } from '../ui/use-answer.ts';
import { LAG_LINE, Sparkline } from '../ui/sparkline.tsx';
import { bytesText, count } from '../ui/numbers.ts';
import { href } from '../ui/route.ts';
import { clockText, Time, timeText } from '../ui/time.tsx';
import { usePace } from '../ui/use-pace.ts';
import { pageOf } from './pages.ts';
import { rateOf, stepsOf, type RatesOfSteps } from './plan-steps.ts';
import { Plan } from './plan.tsx';

type Query = ServerEvents['queries']['queries'][number];

const COLUMNS: readonly Column<Query>[] = [
  { title: 'Query', value: (q) => q.id },
  { title: 'State', value: (q) => q.state, view: (q) => <State state={q.state} /> },
  { title: 'Reads', value: (q) => q.sources.join(', ') },
  { title: 'Writes', value: (q) => q.sink ?? '' },
  {
    title: 'Read/s',
    numeric: true,
    value: (q) => sourceRecordsPerSecond(ratesOf(q.id)) ?? 0,
    view: (q) => count(sourceRecordsPerSecond(ratesOf(q.id))),
  },
  {
    title: 'Written/s',
    numeric: true,
    value: (q) => ratesOf(q.id)?.writtenPerSecond ?? 0,
    view: (q) => count(ratesOf(q.id)?.writtenPerSecond),
  },
  { title: 'Lag', numeric: true, value: (q) => ratesOf(q.id)?.lag ?? 0, view: (q) => count(ratesOf(q.id)?.lag) },
  {
    title: 'Problems',
    numeric: true,
    value: (q) => ratesOf(q.id)?.errors ?? 0,
    view: (q) => count(ratesOf(q.id)?.errors),
  },
  {
    title: 'What is wrong',
    value: (q) => q.error ?? '',
    view: (q) => (q.error === undefined ? '' : <span class="bad-text cause">{q.error}</span>),
  },
  {
    title: 'Last two minutes',
    spare: true,
    value: (q) => ratesOf(q.id)?.readPerSecond ?? 0,
    view: (q) => <Sparkline of={`query ${q.id}`} />,
  },
];

/** The shortest time between two requests for what events do not contain, in ms. */
const EVERY_MS = 5000;

export function Queries({ name }: { readonly name: string | undefined }) {
  if (name !== undefined) return <QueryPage id={name} />;
  void live.metrics.value;
  return (
    <Listing
      title="Queries"
      rows={live.queries.value?.queries}
      columns={COLUMNS}
      rowKey={(q) => q.id}
      link={(q) => href('queries', q.id)}
      empty="No query runs: CREATE STREAM … AS SELECT, CREATE TABLE … AS SELECT and INSERT INTO … SELECT start one."
      problem={problems.value['queries']}
    />
  );
}

function QueryPage({ id }: { readonly id: string }) {
  const now = live.queries.value?.queries.find((q) => q.id === id);
  const rates = ratesOf(id);
  // The location of the tasks and the errors change with these values alone, and not with each record.
  const signs = JSON.stringify([now?.state, now?.restore, rates?.errors, rates?.tasks.map((t) => [t.id, t.thread])]);
  const whenChanged = usePace({ everyMs: EVERY_MS, signs, isBusy: now?.restore !== undefined });
  const isBusy = (rates?.readPerSecond ?? 0) > 0 || (rates?.writtenPerSecond ?? 0) > 0;
  const whenRead = usePace({ everyMs: EVERY_MS, signs: `${signs} ${rates?.lag ?? ''}`, isBusy });
  const { value, problem, reload } = useAnswer(() => ask(`EXPLAIN ${id};`), [id, now?.state], whenChanged);
  const description = fieldsOf(value?.['queryDescription']);
  const { value: state, problem: noState } = useAnswer(
    (signal) => server().queryState(id, signal),
    // The server counts infrequently, however often it is requested.
    [id],
    whenRead,
  );
  const { value: places, problem: noPlaces } = useAnswer(
    (signal) => server().queryTasks(id, signal),
    [id],
    whenChanged,
  );
  const { value: lineage } = useAnswer((signal) => server().lineage(id, signal), [id]);
  const down = lineage === undefined ? [] : around(lineage, `query:${id}`, 'down').filter((n) => n.kind !== 'TOPIC');
  const run = async (statement: string): Promise<void> => {
    await ask(statement);
    reload();
  };
  if (value === undefined && problem !== '')
    return <NotThere kind="Queries" list="queries" name={id} problem={problem} />;
  const errors = listOf(description['queryErrors']);
  const hosts = Object.entries(fieldsOf(description['ksqlHostQueryStatus']));
  return (
    <Detail
      kind="Queries"
      list="queries"
      name={id}
      state={now?.state ?? (value === undefined ? undefined : textOf(description['state']))}
      actions={
        <>
          <Action label="In the flow" run={() => void (location.hash = `#/flow/${encodeURIComponent(id)}`)} />
          {now?.state === 'PAUSED' ? (
            <Action label="Resume" icon="play" primary needs="write" run={() => run(`RESUME ${id};`)} />
          ) : (
            <Action label="Pause" icon="pause" needs="write" run={() => run(`PAUSE ${id};`)} />
          )}
          <Action
            label="Restart"
            icon="restart"
            primary={now?.state === 'ERROR'}
            needs="write"
            done="Started again at"
            run={async () => {
              await server().execute(`PAUSE ${id}; RESUME ${id};`);
              reload();
            }}
          />
          <Action
            label="Terminate …"
            danger
            needs="write"
            run={() =>
              openInEditor(
                `Terminate ${id}`,
                `${down.length === 0 ? '' : `-- These depend on it, and get nothing more from it:\n${down.map((n) => `--   ${n.kind.toLowerCase()} ${n.name}\n`).join('')}`}TERMINATE ${id};\n`,
              )
            }
          />
        </>
      }
    >
      {problem === '' ? null : (
        <div class="problem-box" role="alert">
          {problem}
        </div>
      )}
      {now?.error === undefined ? null : (
        <div class="problem-box" role="alert">
          <strong>Why it is in ERROR</strong>
          <p>{now.error}</p>
          <TheRecord error={now.error} sources={now.sources} />
          <p>It tries again by itself, less often each time. When the cause is mended, Restart tries at once.</p>
          {isStrict(description['overriddenProperties']) ? (
            <p>
              It stops at records that cannot be read because it was made with ksql.fail.on.deserialization.error: made
              without, it leaves them out and tells the processing log.
            </p>
          ) : null}
        </div>
      )}
      <Facts
        facts={[
          ['Reads', <Names key="r" names={(now?.sources ?? []).map(sourceLink)} />],
          ['Writes', now?.sink == null ? '' : <Names key="w" names={[sourceLink(now.sink)]} />],
          ['Read', rates && `${count(sourceRecordsPerSecond(rates))} /s`],
          ['Written', rates && `${count(sinkRate(textOf(description['executionPlan']), rates))} /s`],
          ['Lag', rates && count(rates.lag)],
          ['Problems since it was started', rates && count(rates.errors)],
          ['State', state && `${sizeText(state)}${state.complete ? '' : ' at least'}`],
          ['Restoring', now?.restore && `${count(now.restore.restored)} of ${count(now.restore.total)}`],
          ['Read/s, last two minutes', <Sparkline key="s" of={`query ${id}`} width={220} height={28} />],
          [LAG_LINE, <Sparkline key="l" of={`query lag ${id}`} unit="records" width={220} height={28} />],
        ]}
      />
      <Section title="Statement">
        <Code text={formatSql(textOf(description['statementText']))} />
      </Section>
      {errors.length === 0 ? null : (
        <Section title="The last errors that stopped it">
          <Grid2
            head={['Last', 'Times', 'Lies with', 'What']}
            rows={sameErrors(errors).map((error) => [
              <span key="t" class="nowrap">
                <Time ms={error.lastMs} />
              </span>,
              error.times === 1 ? '1' : `${error.times}, since ${timeText(error.firstMs)}`,
              error.type === 'USER'
                ? 'the data or the statement'
                : error.type === 'SYSTEM'
                  ? 'the log, disk or network'
                  : 'not known',
              <>
                {error.message === now?.error ? 'As above.' : error.message}
                <TheRecord error={error.message} sources={now?.sources ?? []} />
              </>,
            ])}
          />
        </Section>
      )}
      <div class="columns">
        <Section title="By topic">
          <Grid2
            head={['Topic', 'Read/s', 'Lag']}
            rows={Object.entries(rates?.topics ?? {}).map(([topic, t]) => [
              <a key="t" href={href('topics', topic)}>
                {topic}
              </a>,
              count(t.readPerSecond),
              count(t.lag),
            ])}
          />
        </Section>
        <Section title="State on this server">
          {noState === '' ? null : <p class="problem">{noState}</p>}
          {state === undefined ? null : state.stores.length === 0 ? (
            <p class="dim">It keeps none.</p>
          ) : (
            <>
              <Grid2
                head={['Store', 'Task', 'Rows', 'Size']}
                rows={state.stores.flatMap((s) =>
                  s.tasks.map((t) => [s.name, t.id, count(t.rows), bytesText(t.bytes)]),
                )}
              />
              <p class="dim">
                Counted at {clockText(state.countedAt)}
                {state.complete ? '' : ', until time ran out: there is more'}.
              </p>
            </>
          )}
        </Section>
        <Section title="Tasks">
          {noPlaces === '' ? null : <p class="problem">{noPlaces}</p>}
          <Grid2
            head={['Task', 'Server', 'Thread', 'Reads', 'Read/s', 'Written/s', 'State rows in memory']}
            rows={(places?.tasks ?? []).map((task) => {
              // Rates of tasks on other servers are reported only there.
              const own = task.isHere ? rates?.tasks.find((r) => r.id === task.id) : undefined;
              return [
                task.id,
                task.isHere ? `${task.server} (this one)` : task.server,
                task.thread === null ? 'main' : `worker ${task.thread}`,
                task.inputs.map((i) => `${i.topic}/${i.partition}`).join(', '),
                count(own?.readPerSecond),
                count(own?.writtenPerSecond),
                count(own?.cachedRows),
              ];
            })}
          />
        </Section>
        <Section title="Positions">
          <Grid2
            head={['Topic', 'Partition', 'Next offset', 'End']}
            rows={Object.entries(rates?.topics ?? {}).flatMap(([topic, { positions }]) =>
              positions.map((p) => [topic, p.partition, count(p.next), count(p.end)]),
            )}
          />
        </Section>
        <Section title="Servers">
          <Grid2
            head={['Server', 'State']}
            rows={hosts.map(([host, state]) => [host, <State key="s" state={textOf(state)} />])}
          />
        </Section>
        {down.length === 0 ? null : (
          <Section title="What depends on it">
            <ul class="plain">
              {down.map((n) => (
                <li key={n.id}>
                  {n.kind.toLowerCase()} <a href={pageOf(n) ?? href('flow', n.id)}>{n.name}</a>
                </li>
              ))}
            </ul>
          </Section>
        )}
      </div>
      <Section title="Plan">
        <Plan text={textOf(description['executionPlan'])} rates={rates} />
      </Section>
      <details class="section">
        <summary>Plan as text, topology and settings</summary>
        <Code text={textOf(description['executionPlan'])} />
        <Code text={textOf(description['topology'])} />
        <Code text={JSON.stringify(description['overriddenProperties'] ?? {}, undefined, 2)} />
      </details>
    </Detail>
  );
}

function sizeText({ rows, bytes }: { readonly rows: number; readonly bytes: number }): string {
  return rows === 0 ? 'none' : `${count(rows)} rows, ${bytesText(bytes)}`;
}

function sourceLink(name: string): { readonly name: string; readonly href: string } {
  const type = live.sources.value?.sources.find((s) => s.name === name)?.type;
  return { name, href: href(type === 'TABLE' ? 'tables' : 'streams', name) };
}

/** The rate of rows at the end of the plan. */
function sinkRate(plan: string, rates: RatesOfSteps): number {
  const root = stepsOf(plan);
  return (root && rateOf(root, rates))?.perSecond ?? rates.writtenPerSecond;
}

/** Whether a query was created with the setting that a record which cannot be deserialized stops it. */
function isStrict(properties: unknown): boolean {
  return String(fieldsOf(properties)['ksql.fail.on.deserialization.error']) === 'true';
}

/** A link to the record that an error names as topic-partition@offset. */
function TheRecord({ error, sources }: { readonly error: string; readonly sources: readonly string[] }) {
  const [, topic, partition, offset] = /(\S+)-(\d+)@(\d+)/.exec(error) ?? [];
  if (topic === undefined) return null;
  // Shown as the query reads it, because another stream over the topic may be able to read it.
  const source = live.sources.value?.sources.find((s) => s.topic === topic && sources.includes(s.name));
  return (
    <p>
      <a href={href('topics', topic, partition!, offset!, ...(source === undefined ? [] : [source.name]))}>
        Look at the record
      </a>
    </p>
  );
}
