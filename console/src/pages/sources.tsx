import { fieldsOf, listOf, textOf } from '../../../src/cli/render/fields.ts';
import { schemaText } from '../../../src/cli/render/schema-text.ts';
import type { SchemaInfo } from '../../../src/wire/entities.ts';
import type { ServerEvents } from '../../../src/wire/events.ts';
import { formatSql } from '../../../src/sql/format/format.ts';
import { openInEditor } from '../editor/workspace.tsx';
import { live, problems, ratesOf } from '../server/live.ts';
import { ask } from '../server/server.ts';
import {
  Action,
  Code,
  count,
  Detail,
  Facts,
  Grid2,
  Listing,
  NotThere,
  Section,
  State,
  useAnswer,
  type Column,
} from '../ui/parts.tsx';
import { quote } from '../ui/quote.ts';
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
    value: (s) => writersOf(s.name).join(' '),
    view: (s) =>
      writersOf(s.name).map((id) => (
        <a key={id} href={href('queries', id)}>
          {id}{' '}
        </a>
      )),
  },
  {
    title: 'Written/s',
    numeric: true,
    value: (s) => writtenPerSecond(s.name),
    view: (s) => count(writtenPerSecond(s.name)),
  },
  { title: 'Readers', numeric: true, value: (s) => readersOf(s.name).length },
];

function writersOf(name: string): string[] {
  return (live.queries.value?.queries ?? []).filter((q) => q.sink === name).map((q) => q.id);
}

function readersOf(name: string): string[] {
  return (live.queries.value?.queries ?? []).filter((q) => q.sources.includes(name)).map((q) => q.id);
}

function writtenPerSecond(name: string): number {
  return writersOf(name).reduce((sum, id) => sum + (ratesOf(id)?.writtenPerSecond ?? 0), 0);
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
  const quoted = quote(name);
  const { value, problem } = useAnswer(
    () => ask(`DESCRIBE ${quoted} EXTENDED;`),
    [name, live.queries.value?.queries.length],
  );
  const d = fieldsOf(value?.['sourceDescription']);
  const isTable = d['type'] === 'TABLE';
  const sql = textOf(d['statement']);
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
            run={() => openInEditor(name, `SELECT * FROM ${quoted} EMIT CHANGES;\n`)}
          />
          <Action label="In the flow" run={() => void (location.hash = `#/flow/${encodeURIComponent(name)}`)} />
          {sql === '' ? null : isOfQuery(sql) ? (
            <Action label="Change …" run={() => openInEditor(`Change ${name}`, replacementOf(sql))} />
          ) : (
            <Action
              label="Add a column …"
              run={() =>
                openInEditor(
                  `Change ${name}`,
                  `ALTER ${isTable ? 'TABLE' : 'STREAM'} ${quoted} ADD COLUMN new_column VARCHAR;\n`,
                )
              }
            />
          )}
          <Action
            label="Drop …"
            danger
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
            <a key="t" href={href('topics', textOf(d['topic']))}>
              {textOf(d['topic'])}
            </a>,
          ],
          ['Formats', `${textOf(d['keyFormat'])} / ${textOf(d['valueFormat'])}`],
          ['Partitions', textOf(d['partitions'])],
          ['Window', textOf(d['windowType'])],
          ['Timestamp', textOf(d['timestamp'])],
          [
            'Records in the topic, at most',
            count(
              listOf(d['topicOffsets']).reduce(
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
            rows={listOf(d['fields']).map((f) => [
              <span key="n" class="mono">
                {textOf(f['name'])}
              </span>,
              <span key="t" class="mono">
                {schemaText(f['schema'] as SchemaInfo)}
              </span>,
              textOf(f['type']) === 'KEY' ? (isTable ? 'primary key' : 'key') : textOf(f['type']).toLowerCase(),
            ])}
          />
        </Section>
        <Section title="Written by">
          <QueryLinks queries={listOf(d['writeQueries'])} />
          <h2>Read by</h2>
          <QueryLinks queries={listOf(d['readQueries'])} />
        </Section>
      </div>
      {sql === '' ? null : (
        <Section title="Statement">
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
      {queries.map((q) => {
        const id = textOf(q['id']);
        const now = live.queries.value?.queries.find((x) => x.id === id);
        return (
          <li key={id}>
            <a href={href('queries', id)}>{id}</a> <State state={now?.state ?? textOf(q['state'])} />
          </li>
        );
      })}
    </ul>
  );
}

function isOfQuery(sql: string): boolean {
  return /\bAS\s+SELECT\b/i.test(sql);
}

/** The statement as one that changes what it made before. */
function replacementOf(sql: string): string {
  const isReplacing = /^\s*CREATE\s+OR\s+REPLACE\b/i.test(sql);
  const statement = isReplacing ? sql : sql.replace(/^\s*CREATE\b/i, 'CREATE OR REPLACE');
  return `-- Its state stays; a column that is added comes last.\n${formatSql(statement)}\n`;
}
