import { fieldsOf, listOf, textOf } from '../../../src/cli/render/fields.ts';
import { JsonObject, jsonText, parseJson, type Json } from '../../../src/types/json-text.ts';
import type { Entity } from '../../../src/wire/entities.ts';
import { Code, Grid2 } from '../ui/detail.tsx';

/** What a validated connector would create: topics, the streams and tables declared over them, the first rows. */
export function Preview({ answer }: { readonly answer: Entity }) {
  const topics = listOf(answer['topics']);
  return (
    <>
      {answer.warnings.map((w) => (
        <p key={w.message} class="note">
          {w.message}
        </p>
      ))}
      {topics.map((topic) => (
        <section key={textOf(topic['topic'])} class="section" aria-label={`Topic ${textOf(topic['topic'])}`}>
          <h3>
            {topic['name'] === null ? `topic ${textOf(topic['topic'])}` : textOf(topic['name'])}{' '}
            <span class="dim">
              {textOf(topic['kind']).toLowerCase()} over topic {textOf(topic['topic'])}
            </span>
          </h3>
          {topic['note'] === null ? null : <p class="note">{textOf(topic['note'])}</p>}
          <Rows rows={listOf(topic['rows'])} />
          <details>
            <summary>Columns, and how they are declared</summary>
            <Grid2
              head={['Column', 'Type', 'In the source', 'What is lost']}
              rows={listOf(topic['columns']).map((c) => [
                `${textOf(c['name'])}${c['isKey'] === true ? ' (key)' : ''}`,
                textOf(c['type']),
                textOf(c['sourceType']),
                textOf(c['loss']),
              ])}
            />
            {topic['statement'] === null ? null : <Code text={textOf(topic['statement'])} />}
          </details>
        </section>
      ))}
      <details>
        <summary>All settings that result</summary>
        <Code
          text={Object.entries(fieldsOf(answer['config']))
            .map(([key, value]) => `${key}=${textOf(value)}`)
            .join('\n')}
        />
      </details>
    </>
  );
}

/** Rows whose values are objects are shown with a column for each field. */
function Rows({ rows }: { readonly rows: readonly Readonly<Record<string, unknown>>[] }) {
  if (rows.length === 0) return <p class="dim">No rows yet.</p>;
  const objects = rows.map((r) => fieldsIn(textOf(r['value'])));
  if (objects.some((o) => o === undefined))
    return <Grid2 head={['Key', 'Value']} rows={rows.map((r) => [textOf(r['key']), textOf(r['value'])])} />;
  const names = [...new Set(objects.flatMap((o) => [...o!.keys()]))];
  return (
    <div class="table-box first-rows" tabIndex={0} role="region" aria-label="First rows">
      <Grid2
        head={names}
        rows={objects.map((object) =>
          names.map((name) => {
            const value = object!.get(name) ?? null;
            // Numbers keep every digit: 3.00 is not shown as 3.
            return value === null ? (
              <span class="null">NULL</span>
            ) : typeof value === 'string' ? (
              value
            ) : (
              jsonText(value)
            );
          }),
        )}
      />
    </div>
  );
}

function fieldsIn(text: string): ReadonlyMap<string, Json> | undefined {
  try {
    const value = parseJson(text);
    return value instanceof JsonObject ? value.fields : undefined;
  } catch {
    return undefined;
  }
}
