import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { TopicRecord, TopicRecordsRequest } from '../../../src/wire/topic-records.ts';
import { openInEditor } from '../editor/workspace.tsx';
import { live, problems } from '../server/live.ts';
import { server } from '../server/server.ts';
import { Code, Detail, Facts, Grid2, Section } from '../ui/detail.tsx';
import { Listing, Names } from '../ui/listing.tsx';
import { Action } from '../ui/action.tsx';
import { useAnswer } from '../ui/use-answer.ts';
import { useEscape } from '../ui/use-escape.ts';
import { count } from '../ui/numbers.ts';
import { href, route } from '../ui/route.ts';
import { Icon } from '../ui/icon.tsx';
import { pretty } from '../ui/pretty.ts';
import { Time } from '../ui/time.tsx';

interface Topic {
  readonly name: string;
  readonly partitions: number;
}

export function Topics({ name }: { readonly name: string | undefined }) {
  if (name !== undefined) return <TopicPage key={route.value.join('/')} name={name} />;
  return (
    <Listing<Topic>
      title="Topics"
      rows={live.topics.value?.topics}
      columns={[
        { title: 'Topic', value: (t) => t.name },
        { title: 'Partitions', numeric: true, value: (t) => t.partitions },
        {
          title: 'Declared as',
          value: (t) =>
            sourcesOf(t.name)
              .map((s) => s.name)
              .join(', '),
          view: (t) => <Names names={declaredOver(t.name)} />,
        },
      ]}
      rowKey={(t) => t.name}
      link={(t) => href('topics', t.name)}
      empty="No topics yet."
      problem={problems.value['topics']}
    />
  );
}

/** Number of records that are shown for a link to a record. */
const LED_LIMIT = 21;

/**
 * The request of `#/topics/NAME/PARTITION/OFFSET[/SOURCE]`: starts at that offset, and reads records as the source
 * does.
 */
function asked(): TopicRecordsRequest {
  const [partition, offset] = route.value.slice(2).map(Number);
  return Number.isSafeInteger(partition) && Number.isSafeInteger(offset)
    ? { partition: partition!, offset: offset!, limit: LED_LIMIT }
    : { from: 'end', limit: 100 };
}

/** How records of a topic are read by default: through the first stream or table declared over it. */
const AS_DECLARED = 'declared';
const AS_BYTES_LOOK = '';

/** Whether the request comes from a link to a record: that record and some after it. */
function isLedTo(request: TopicRecordsRequest): boolean {
  return request.limit === LED_LIMIT && request.partition !== undefined;
}

function sourcesOf(topic: string) {
  return live.sources.value?.sources.filter((s) => s.topic === topic) ?? [];
}

function declaredOver(topic: string): readonly { readonly name: string; readonly href: string }[] {
  return sourcesOf(topic).map((s) => ({
    name: s.name,
    href: href(s.type === 'TABLE' ? 'tables' : 'streams', s.name),
  }));
}

function TopicPage({ name }: { readonly name: string }) {
  const [request, setRequest] = useState<TopicRecordsRequest>(asked);
  const [chosen, setChosen] = useState(route.value[4] ?? AS_DECLARED);
  const isKnown = live.sources.value !== undefined || problems.value['sources'] !== undefined;
  const as = chosen === AS_DECLARED ? (sourcesOf(name)[0]?.name ?? AS_BYTES_LOOK) : chosen;
  const { value, problem, reload } = useAnswer(
    async (signal) =>
      isKnown ? await server().topicRecords(name, as === '' ? request : { ...request, as }, signal) : undefined,
    [name, request, as, isKnown],
  );
  const [chosenRecord, setShown] = useState<TopicRecord | 'none'>();
  // The record of a link is expanded.
  const led = request.offset === undefined ? undefined : value?.records.find((r) => r.offset === request.offset);
  const shown = chosenRecord === 'none' ? undefined : (chosenRecord ?? (isLedTo(request) ? led : undefined));
  // At the end of a topic, the newest records are first.
  const records = request.from === 'end' ? value?.records.toReversed() : value?.records;
  useEscape(shown === undefined ? undefined : () => setShown('none'));
  /** The arrow keys select the next or previous record. */
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const at = records?.findIndex((r) => r === shown) ?? -1;
    const next = step === 0 ? undefined : records?.[at === -1 ? 0 : at + step];
    if (next === undefined) return;
    event.preventDefault();
    setShown(next);
    const row = document.getElementById(`record-${next.partition}-${next.offset}`);
    row?.scrollIntoView({ block: 'nearest' });
    row?.querySelector('button')?.focus({ preventScroll: true });
  };
  const total = value?.partitions.reduce((n, p) => n + p.latest - p.earliest, 0);
  return (
    <Detail
      kind="Topics"
      list="topics"
      name={name}
      actions={
        <>
          <Action
            label="Watch"
            icon="play"
            needs="read"
            run={() => openInEditor(name, `PRINT '${name}';\n`, { runs: true })}
          />
          <Action label="In the flow" run={() => void (location.hash = `#/flow/${encodeURIComponent(name)}`)} />
        </>
      }
    >
      <Facts
        facts={[
          ['Partitions', value?.partitions.length],
          ['Records, at most', count(total)],
          [as === '' ? 'Key looks like' : 'Key format', value?.keyFormat],
          [as === '' ? 'Value looks like' : 'Value format', value?.valueFormat],
          ['Declared as', <Names key="d" names={declaredOver(name)} />],
        ]}
      />
      <Section title="Records">
        <Seek
          partitions={value?.partitions.length ?? 1}
          first={request}
          onSeek={(r) => {
            setShown(undefined);
            setRequest(r);
          }}
          onReload={reload}
        >
          {sourcesOf(name).length === 0 ? null : (
            <label>
              Read as{' '}
              <select value={as} onChange={(e) => setChosen(e.currentTarget.value)}>
                {sourcesOf(name).map((s) => (
                  <option key={s.name} value={s.name}>
                    {s.type.toLowerCase()} {s.name}
                  </option>
                ))}
                <option value={AS_BYTES_LOOK}>what the bytes look like</option>
              </select>
            </label>
          )}
        </Seek>
        {problem === '' ? null : (
          <div class="problem-box" role="alert">
            {problem}
          </div>
        )}
        {value?.notes.map((n) => (
          <p key={n} class="note">
            {n}
          </p>
        ))}
        {value === undefined ? null : (
          <p class="dim" role="status">
            {count(value.records.length)} shown, {count(value.scanned)} looked at
            {value.complete ? '' : '; there are more: time ran out. Narrow it by partition, offset or time'}
          </p>
        )}
        <div class="rows-split framed">
          <div class="table-box" tabIndex={0} role="region" aria-label="Records" onKeyDown={onKeyDown}>
            <table class="list small mono">
              <thead>
                <tr>
                  <th class="num">P</th>
                  <th class="num">Offset</th>
                  <th>Time</th>
                  <th>Key</th>
                  <th>Value</th>
                </tr>
              </thead>
              <tbody>
                {records?.map((record) => (
                  <tr
                    key={`${record.partition}/${record.offset}`}
                    id={`record-${record.partition}-${record.offset}`}
                    class={`row${record === shown ? ' chosen' : record.problem === undefined ? '' : ' unread'}`}
                    title={record.problem}
                    onClick={() => setShown(record)}
                  >
                    <td class="num">{record.partition}</td>
                    <td class="num">
                      <button
                        type="button"
                        class="link"
                        aria-label={`Record ${record.partition}/${record.offset}`}
                        aria-expanded={record === shown}
                        onClick={() => setShown(record)}
                      >
                        {record.offset}
                      </button>
                    </td>
                    <td class="nowrap">
                      <Time ms={record.timestamp} />
                    </td>
                    <td class="cut">{record.key ?? <span class="null">NULL</span>}</td>
                    <td class="cut wide">{record.value ?? <span class="null">NULL</span>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {shown === undefined ? null : (
            <aside class="detail" aria-label="Record">
              <button type="button" class="close" onClick={() => setShown('none')} aria-label="Close">
                <Icon name="close" />
              </button>
              <dl>
                <dt>Partition, offset</dt>
                <dd>
                  {shown.partition}, {shown.offset}
                </dd>
                <dt>Time</dt>
                <dd>
                  <Time ms={shown.timestamp} />
                </dd>
                {shown.problem === undefined ? null : (
                  <>
                    <dt>Cannot be read as {as}</dt>
                    <dd class="problem">{shown.problem}</dd>
                  </>
                )}
                <dt>
                  Key <SchemaOf id={shown.keySchemaId} subject={`${name}-key`} />
                </dt>
                <dd>{shown.key === null ? <span class="null">NULL</span> : pretty(shown.key)}</dd>
                <dt>
                  Value <SchemaOf id={shown.valueSchemaId} subject={`${name}-value`} />
                </dt>
                <dd>{shown.value === null ? <span class="null">NULL</span> : pretty(shown.value)}</dd>
                <dt>Headers</dt>
                <dd>
                  {shown.headers.length === 0
                    ? '–'
                    : shown.headers.map((h) => `${h.key}: ${h.value ?? 'NULL'}`).join('\n')}
                </dd>
                <dt>
                  <button
                    type="button"
                    onClick={() => void navigator.clipboard?.writeText(JSON.stringify(shown, undefined, 2))}
                  >
                    Copy as JSON
                  </button>
                </dt>
              </dl>
            </aside>
          )}
        </div>
      </Section>
      <div class="columns">
        <Section title="Partitions">
          <Grid2
            head={['Partition', 'First offset', 'Next offset']}
            rows={(value?.partitions ?? []).map((p) => [p.partition, count(p.earliest), count(p.latest)])}
          />
        </Section>
        <Section title="Settings">
          <Code
            text={
              Object.entries(value?.configs ?? {})
                .map(([k, v]) => `${k}=${v}`)
                .join('\n') || 'The defaults.'
            }
          />
        </Section>
      </div>
    </Detail>
  );
}

/** The registered schema with which the key or value was written. */
function SchemaOf({ id, subject }: { readonly id: number | undefined; readonly subject: string }) {
  if (id === undefined) return null;
  return live.schemas.value?.subjects.includes(subject) === true ? (
    <a href={href('schemas', subject)}>schema {id}</a>
  ) : (
    <>schema {id}</>
  );
}

function Seek({
  partitions,
  first,
  onSeek,
  onReload,
  children,
}: {
  readonly partitions: number;
  /** The initial request, before the user makes another. */
  readonly first: TopicRecordsRequest;
  readonly children?: ComponentChildren;
  onSeek(r: TopicRecordsRequest): void;
  onReload(): void;
}) {
  const [from, setFrom] = useState(first.offset === undefined ? 'end' : 'offset');
  const [offset] = useState(first.offset);
  const form = useRef<HTMLFormElement>(null);
  const submit = (event?: Event): void => {
    event?.preventDefault();
    const data = new FormData(form.current!);
    const text = (name: string): string => String(data.get(name) ?? '').trim();
    onSeek({
      limit: Number(text('limit')),
      ...(from === 'end' || from === 'beginning' ? { from } : {}),
      ...(from === 'offset' && text('offset') !== '' && { offset: Number(text('offset')) }),
      ...(from === 'time' && text('time') !== '' && { timestamp: new Date(text('time')).getTime() }),
      ...(text('partition') !== '' && { partition: Number(text('partition')) }),
      ...(text('key') !== '' && { key: text('key') }),
      ...(text('text') !== '' && { contains: text('text') }),
    });
    onReload();
  };
  return (
    <form class="seek" ref={form} onSubmit={submit}>
      <label>
        From{' '}
        <select value={from} onChange={(e) => setFrom(e.currentTarget.value)}>
          <option value="end">the last</option>
          <option value="beginning">the first</option>
          <option value="offset">offset</option>
          <option value="time">time</option>
        </select>
      </label>
      {from === 'offset' ? (
        <input name="offset" type="number" min="0" required aria-label="Offset" defaultValue={offset?.toString()} />
      ) : null}
      {from === 'time' ? <input name="time" type="datetime-local" step="0.001" required aria-label="Time" /> : null}
      <label>
        Partition{' '}
        <select name="partition">
          <option value="">all</option>
          {Array.from({ length: partitions }, (_, p) => (
            <option key={p} value={p}>
              {p}
            </option>
          ))}
        </select>
      </label>
      <label>
        With the key <input name="key" size={12} spellcheck={false} />
      </label>
      <label>
        With the text <input name="text" type="search" size={14} placeholder="in key or value" />
      </label>
      <label>
        Most{' '}
        <select name="limit" value="100">
          <option>20</option>
          <option>100</option>
          <option>500</option>
          <option>1000</option>
        </select>
      </label>
      {children}
      <button type="submit">Look</button>
    </form>
  );
}
