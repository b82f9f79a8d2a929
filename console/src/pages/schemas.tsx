import { live, problems } from '../server/live.ts';
import { server } from '../server/server.ts';
import { Code, Detail, Facts, Section } from '../ui/detail.tsx';
import { Listing } from '../ui/listing.tsx';
import { useAnswer } from '../ui/use-answer.ts';
import { pretty } from '../ui/pretty.ts';
import { href } from '../ui/route.ts';

export function Schemas({ name }: { readonly name: string | undefined }) {
  if (name !== undefined) return <SchemaPage subject={name} />;
  return (
    <Listing
      title="Schemas"
      rows={live.schemas.value?.subjects}
      columns={[
        { title: 'Subject', value: (s) => s },
        { title: 'Topic', value: topicOf, view: (s) => <a href={href('topics', topicOf(s))}>{topicOf(s)}</a> },
      ]}
      rowKey={(s) => s}
      link={(s) => href('schemas', s)}
      empty="No schemas: those of AVRO, PROTOBUF and JSON_SR are registered when a stream or table is made."
      problem={problems.value['schemas']}
    />
  );
}

function topicOf(subject: string): string {
  return subject.replace(/-(?:key|value)$/, '');
}

function SchemaPage({ subject }: { readonly subject: string }) {
  const { value, problem } = useAnswer((signal) => server().schemas(subject, signal), [subject]);
  return (
    <Detail kind="Schemas" list="schemas" name={subject}>
      {problem === '' ? null : <div class="problem-box">{problem}</div>}
      {value?.toReversed().map((version) => (
        <Section key={version.version} title={`Version ${version.version}`}>
          <Facts
            facts={[
              ['Id', version.id],
              ['Type', version.schemaType],
            ]}
          />
          <Code text={pretty(version.schema)} />
        </Section>
      ))}
    </Detail>
  );
}
