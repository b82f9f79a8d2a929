import { signal } from '@preact/signals';
import { fieldsOf, listOf, textOf } from '../../../src/cli/render/fields.ts';
import { schemaText } from '../../../src/cli/render/schema-text.ts';
import type { SchemaInfo } from '../../../src/wire/entities.ts';
import type { Lineage } from '../../../src/wire/lineage.ts';
import type { ServerEvents } from '../../../src/wire/events.ts';
import { formatSql } from '../../../src/sql/format/format.ts';
import { openInEditor } from '../editor/workspace.tsx';
import { live, problems, ratesOf } from '../server/live.ts';
import { ask, server } from '../server/server.ts';
import { Code, Detail, Facts, Grid2, NotThere, Section } from '../ui/detail.tsx';
import { Listing, Names, type Column } from '../ui/listing.tsx';
import { State } from '../ui/state.tsx';
import { Action } from '../ui/action.tsx';
import { useAnswer } from '../ui/use-answer.ts';
import { count } from '../ui/numbers.ts';
import { formatName } from '../../../src/sql/printer/names.ts';
import { href } from '../ui/route.ts';

type Source = ServerEvents['sources']['sources'][number];

const COLUMNS: readonly Column<Source>[] = [
  { title: 'Name', value: (s) => s.name },
  { title: 'Topic', value: (s) => s.topic, view: (s) => <a href={href('topics', s.topic)}>{s.topic}</a> },
  { title: 'Key', value: (s) => s.keyFormat },
  { title: 'Value', value: (s) => s.valueFormat },
  { title: 'Windowed', value: (s) => (s.isWindowed ? 'yes' : '') },
  {
    title: 'Written by',
    value: (s) =>
      writersOf(s)
        .map((w) => w.name)
        .join(' '),
    view: (s) => <Names names={writersOf(s)} />,
  },
  {
    title: 'Written/s',
    numeric: true,
    value: (s) => writtenPerSecond(s) ?? 0,
    view: (s) => count(writtenPerSecond(s)),
  },
  { title: 'Readers', numeric: true, value: (s) => readersOf(s.name).length },
];

/** The connectors that write a topic, by topic; from the lineage. */
const connectorsOf = signal<ReadonlyMap<string, readonly string[]>>(new Map());
/** The number of topics that a connector writes: if it writes several, the rate of a single topic is unknown. */
const topicsOf = signal<ReadonlyMap<string, number>>(new Map());

function learnConnectors({ edges }: Lineage): void {
  const byTopic = new Map<string, string[]>();
  const counts = new Map<string, number>();
  for (const { from, to, topic } of edges) {
    if (topic === undefined || !from.startsWith('connector:') || !to.startsWith('topic:')) continue;
    const connector = from.slice('connector:'.length);
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), connector]);
    counts.set(connector, (counts.get(connector) ?? 0) + 1);
  }
  connectorsOf.value = byTopic;
  topicsOf.value = counts;
}

function writersOf({ name, topic }: Source): { readonly name: string; readonly href: string }[] {
  return [
    ...queriesInto(name).map((id) => ({ name: id, href: href('queries', id) })),
    ...(connectorsOf.value.get(topic) ?? []).map((c) => ({ name: c, href: href('connectors', c) })),
  ];
}

function queriesInto(name: string): string[] {
  return (live.queries.value?.queries ?? []).filter((q) => q.sink === name).map((q) => q.id);
}

function readersOf(name: string): string[] {
  return (live.queries.value?.queries ?? []).filter((q) => q.sources.includes(name)).map((q) => q.id);
}

/** Undefined when nothing writes it, or the rate is unknown. */
function writtenPerSecond({ name, topic }: Source): number | undefined {
  const connectors = connectorsOf.value.get(topic) ?? [];
  const rates = [
    ...queriesInto(name).map((id) => ratesOf(id)?.writtenPerSecond),
    ...connectors.map((c) =>
      topicsOf.value.get(c) === 1 ? live.metrics.value?.connectors[c]?.recordsPerSecond : undefined,
    ),
  ].filter((rate) => rate !== undefined);
  return rates.length === 0 ? undefined : rates.reduce((sum, rate) => sum + rate, 0);
}

/** `TUMBLING (SIZE 10 SECONDS)`: only the statement contains the size. */
export function windowText(type: string, sql: string): string {
  const [, clause] = /\bWINDOW\s+\w+\s*\(([^)]*)\)/i.exec(sql) ?? [];
  const [, size] = /\bWINDOW_SIZE\s*=\s*'([^']*)'/i.exec(sql) ?? [];
  const more = clause ?? (size === undefined ? undefined : `SIZE ${size}`);
  return type === '' || more === undefined ? type : `${type} (${more.replaceAll(/\s+/g, ' ').trim()})`;
}

export function Streams({ name }: { readonly name: string | undefined }) {
  return <Sources name={name} type="STREAM" title="Streams" path="streams" />;
}

export function Tables({ name }: { readonly name: string | undefined }) {
  return <Sources name={name} type="TABLE" title="Tables" path="tables" />;
}

function Sources({
  name,
  type,
  title,
  path,
}: {
  readonly name: string | undefined;
  readonly type: 'STREAM' | 'TABLE';
  readonly title: string;
  readonly path: string;
}) {
  const shape = JSON.stringify([
    live.sources.value?.sources.map((s) => s.topic),
    live.connectors.value?.connectors.map((c) => c.name),
  ]);
  useAnswer(async (signal) => learnConnectors(await server().lineage(undefined, signal)), [shape]);
  if (name !== undefined) return <SourcePage name={name} title={title} path={path} />;
  return (
    <Listing
      title={title}
      rows={live.sources.value?.sources.filter((s) => s.type === type)}
      columns={COLUMNS}
      rowKey={(s) => s.name}
      link={(s) => href(path, s.name)}
      empty={`No ${title.toLowerCase()} yet: CREATE ${type} makes one, and so does a source connector.`}
      problem={problems.value['sources']}
      actions={
        <Action
          label={`New ${type.toLowerCase()}`}
          icon="plus"
          needs="write"
          run={() => openInEditor(`New ${type.toLowerCase()}`, SKELETONS[type])}
        />
      }
    />
  );
}

const SKELETONS = {
  STREAM:
    "CREATE STREAM name (id INT KEY, text VARCHAR)\n  WITH (kafka_topic='name', value_format='JSON', partitions=1);\n",
  TABLE:
    "CREATE TABLE name (id INT PRIMARY KEY, text VARCHAR)\n  WITH (kafka_topic='name', value_format='JSON', partitions=1);\n",
};

function SourcePage({ name, title, path }: { readonly name: string; readonly title: string; readonly path: string }) {
  const quoted = formatName(name);
  const { value, problem } = useAnswer(
    () => ask(`DESCRIBE ${quoted} EXTENDED;`),
    [name, live.queries.value?.queries.length],
  );
  const description = fieldsOf(value?.['sourceDescription']);
  const source = live.sources.value?.sources.find((s) => s.name === name);
  const isTable = description['type'] === 'TABLE';
  const sql = textOf(description['statement']);
  const connectors = connectorsOf.value.get(textOf(description['topic'])) ?? [];
  if (value === undefined && problem !== '') return <NotThere kind={title} list={path} name={name} problem={problem} />;
  return (
    <Detail
      kind={title}
      list={path}
      name={name}
      actions={
        <>
          <Action
            label="Watch"
            icon="play"
            primary
            needs="read"
            run={() => openInEditor(name, `SELECT * FROM ${quoted} EMIT CHANGES;\n`, { runs: true })}
          />
          <Action label="In the flow" run={() => void (location.hash = `#/flow/${encodeURIComponent(name)}`)} />
          {sql === '' ? null : isOfQuery(sql) ? (
            <Action label="Change …" needs="write" run={() => openInEditor(`Change ${name}`, replacementOf(sql))} />
          ) : (
            <Action
              label="Add a column …"
              needs="write"
              run={() =>
                openInEditor(
                  `Change ${name}`,
                  `ALTER ${isTable ? 'TABLE' : 'STREAM'} ${quoted} ADD COLUMN new_column VARCHAR;\n`,
                  { selects: 'new_column' },
                )
              }
            />
          )}
          <Action
            label="Drop …"
            danger
            needs="write"
            run={() => openInEditor(`Drop ${name}`, `DROP ${isTable ? 'TABLE' : 'STREAM'} ${quoted};\n`)}
          />
        </>
      }
    >
      {problem === '' ? null : (
        <div class="problem-box" role="alert">
          {problem}
        </div>
      )}
      <Facts
        facts={[
          [
            'Topic',
            <a key="t" href={href('topics', textOf(description['topic']))}>
              {textOf(description['topic'])}
            </a>,
          ],
          ['Formats', `${textOf(description['keyFormat'])} / ${textOf(description['valueFormat'])}`],
          ['Partitions', textOf(description['partitions'])],
          ['Window', windowText(textOf(description['windowType']), sql)],
          ['Written', source && writtenPerSecond(source) !== undefined ? `${count(writtenPerSecond(source))} /s` : ''],
          ['Timestamp', textOf(description['timestamp'])],
          [
            'Records in the topic, at most',
            count(
              listOf(description['topicOffsets']).reduce(
                (n, o) => n + Number(o['logEndOffset']) - Number(o['logStartOffset']),
                0,
              ),
            ),
          ],
        ]}
      />
      <div class="columns">
        <Section title="Columns">
          <Grid2
            head={['Name', 'Type', '']}
            rows={listOf(description['fields']).map((field) => [
              <span key="n" class="mono">
                {textOf(field['name'])}
              </span>,
              <span key="t" class="mono">
                {schemaText(field['schema'] as SchemaInfo)}
              </span>,
              textOf(field['type']) === 'KEY' ? (isTable ? 'primary key' : 'key') : textOf(field['type']).toLowerCase(),
            ])}
          />
        </Section>
        <Section title="Written by">
          <QueryLinks queries={listOf(description['writeQueries'])} />
          {connectors.length === 0 ? null : (
            <p>
              <Names names={connectors.map((c) => ({ name: c, href: href('connectors', c) }))} />
            </p>
          )}
          <h2>Read by</h2>
          <QueryLinks queries={listOf(description['readQueries'])} />
        </Section>
      </div>
      {sql === '' ? null : (
        <Section title="Made by">
          <Code text={formatSql(sql)} />
        </Section>
      )}
    </Detail>
  );
}

function QueryLinks({ queries }: { readonly queries: readonly Readonly<Record<string, unknown>>[] }) {
  if (queries.length === 0) return <p class="dim">No query.</p>;
  return (
    <ul class="plain">
      {queries.map((query) => {
        const id = textOf(query['id']);
        const now = live.queries.value?.queries.find((x) => x.id === id);
        return (
          <li key={id}>
            <a href={href('queries', id)}>{id}</a> <State state={now?.state ?? textOf(query['state'])} />
          </li>
        );
      })}
    </ul>
  );
}

function isOfQuery(sql: string): boolean {
  return /\bAS\s+SELECT\b/i.test(sql);
}

/** The statement changed to one that replaces what it created. */
function replacementOf(sql: string): string {
  const isReplacing = /^\s*CREATE\s+OR\s+REPLACE\b/i.test(sql);
  const statement = isReplacing ? sql : sql.replace(/^\s*CREATE\b/i, 'CREATE OR REPLACE');
  return `-- Its state stays; a column that is added comes last.\n${formatSql(statement)}\n`;
}
