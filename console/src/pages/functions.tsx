import { listOf, textOf } from '../../../src/cli/render/fields.ts';
import { ask } from '../server/server.ts';
import { Code, Detail, Facts, Section } from '../ui/detail.tsx';
import { Listing } from '../ui/listing.tsx';
import { useAnswer } from '../ui/use-answer.ts';
import { href } from '../ui/route.ts';

export function Functions({ name }: { readonly name: string | undefined }) {
  const { value, problem } = useAnswer(() => ask('SHOW FUNCTIONS;'), []);
  if (name !== undefined) return <FunctionPage name={name} />;
  return (
    <Listing
      title="Functions"
      rows={value && listOf(value['functions'])}
      columns={[
        { title: 'Function', value: (f) => textOf(f['name']) },
        { title: 'Kind', value: (f) => textOf(f['type']).toLowerCase() },
        { title: 'What it does', value: (f) => textOf(f['summary']) },
        { title: 'Category', value: (f) => textOf(f['category']).toLowerCase() },
      ]}
      rowKey={(f) => textOf(f['name']) + textOf(f['type'])}
      link={(f) => href('functions', textOf(f['name']))}
      empty="No functions."
      problem={problem === '' ? undefined : problem}
    />
  );
}

function FunctionPage({ name }: { readonly name: string }) {
  const { value, problem } = useAnswer(() => ask(`DESCRIBE FUNCTION ${name};`), [name]);
  return (
    <Detail kind="Functions" list="functions" name={name}>
      {problem === '' ? null : <div class="problem-box">{problem}</div>}
      <p>{textOf(value?.['description'])}</p>
      <Facts
        facts={[
          ['Kind', textOf(value?.['type']).toLowerCase()],
          ['Author', textOf(value?.['author'])],
          ['Version', textOf(value?.['version'])],
        ]}
      />
      {listOf(value?.['functions']).map((func, i) => (
        <Section
          key={i}
          title={`${name}(${listOf(func['arguments'])
            .map((a) => textOf(a['name']))
            .join(', ')})`}
        >
          <Code
            text={`${name}(${listOf(func['arguments'])
              .map((a) => `${textOf(a['name'])} ${textOf(a['type'])}${a['isVariadic'] === true ? ' …' : ''}`)
              .join(', ')}) → ${textOf(func['returnType'])}`}
          />
          <p>{textOf(func['description'])}</p>
          <Facts facts={listOf(func['arguments']).map((a) => [textOf(a['name']), textOf(a['description'])] as const)} />
        </Section>
      ))}
    </Detail>
  );
}
