import { useState } from 'preact/hooks';
import { live } from '../server/live.ts';
import { server } from '../server/server.ts';
import { Icon } from '../ui/icon.tsx';
import { Code } from '../ui/detail.tsx';
import { useAnswer } from '../ui/use-answer.ts';
import { useEscape } from '../ui/use-escape.ts';
import { pretty } from '../ui/pretty.ts';
import { href } from '../ui/route.ts';
import { Time } from '../ui/time.tsx';
import { rowObject } from './export.ts';
import { shownValue } from './grid.tsx';
import { placeOfRow } from './record-of-row.ts';
import { cells, type Line } from './rows.ts';

/** One row, as columns or as JSON, and its record if its columns identify it. */
export function RowDetail({
  columns,
  types,
  line,
  source,
  onClose,
}: {
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly line: Line;
  /** The stream or table of the record; undefined when the row is made from several records. */
  readonly source: string | undefined;
  onClose(): void;
}) {
  const [asJson, setAsJson] = useState(false);
  useEscape(onClose);
  const values = cells(line.json);
  const place = placeOfRow(columns, values);
  const topic = live.sources.value?.sources.find((s) => s.name === source)?.topic;
  return (
    <aside class="detail" aria-label="Row">
      <span class="switch" role="group" aria-label="Row as">
        <button type="button" aria-pressed={!asJson} onClick={() => setAsJson(false)}>
          Columns
        </button>
        <button type="button" aria-pressed={asJson} onClick={() => setAsJson(true)}>
          JSON
        </button>
        <button type="button" onClick={() => void navigator.clipboard?.writeText(rowObject(columns, line.json))}>
          Copy
        </button>
      </span>
      <button type="button" class="close" onClick={onClose} aria-label="Close">
        <Icon name="close" />
      </button>
      {asJson ? (
        <Code text={rowObject(columns, line.json)} />
      ) : (
        <dl>
          {values.map((value, i) => (
            <div key={i}>
              <dt>
                {columns[i]} <small>{types[i]}</small>
              </dt>
              <dd>{value === null ? <span class="null">NULL</span> : pretty(shownValue(columns[i], value))}</dd>
            </div>
          ))}
        </dl>
      )}
      {place === undefined || topic === undefined ? null : <TheRecord topic={topic} {...place} />}
    </aside>
  );
}

function TheRecord({
  topic,
  partition,
  offset,
}: {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}) {
  const { value, problem } = useAnswer(
    (signal) => server().topicRecords(topic, { partition, offset, limit: 1 }, signal),
    [topic, partition, offset],
  );
  const record = value?.records.find((r) => r.offset === offset);
  return (
    <section aria-label="Its record">
      <h3>
        <a href={href('topics', topic, String(partition), String(offset))}>
          {topic}/{partition}@{offset}
        </a>
      </h3>
      {problem === '' ? null : <p class="problem">{problem}</p>}
      {value !== undefined && record === undefined ? <p class="dim">It is no longer there.</p> : null}
      {record === undefined ? null : (
        <dl>
          <dt>Time</dt>
          <dd>
            <Time ms={record.timestamp} />
          </dd>
          <dt>Key</dt>
          <dd>{record.key ?? <span class="null">NULL</span>}</dd>
          <dt>Headers</dt>
          <dd>
            {record.headers.length === 0 ? '–' : record.headers.map((h) => `${h.key}: ${h.value ?? 'NULL'}`).join('\n')}
          </dd>
        </dl>
      )}
    </section>
  );
}
