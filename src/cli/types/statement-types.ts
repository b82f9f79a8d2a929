import { ClientError } from '../../client/client-error.ts';
import type { SluiceClient } from '../../client/sluice-client.ts';
import { splitStatements } from '../../sql/split.ts';
import { variableReferences, type VariableReference } from '../../sql/variable-references.ts';
import type { SchemaInfo } from '../../wire/entities.ts';
import type { SqlFile } from '../apply/wanted.ts';
import { fieldsOf, listOf, textOf } from '../render/fields.ts';
import { interfaceOf, typeOf, type Titles } from './typescript.ts';

/** A value that a server may accept for a variable, and the type that programs may then pass. */
interface Candidate {
  readonly value: string;
  readonly type: string;
}

/** For a variable outside of strings: which of these literals the server accepts determines its type. */
const LITERALS: readonly Candidate[] = [
  { value: '0', type: 'number | bigint | ExactNumber | `${number}`' },
  { value: "'a'", type: "`'${string}'`" },
  // A string that is compared with a TIMESTAMP, a DATE or a TIME.
  { value: "'2000-01-01T00:00:00.000'", type: "`'${string}'`" },
  { value: "'2000-01-01'", type: "`'${string}'`" },
  { value: "'00:00:00'", type: "`'${string}'`" },
  { value: 'TRUE', type: "boolean | 'TRUE' | 'FALSE'" },
];

/** Inside a string: any text, unless the server parses it as a time or a number. */
const TEXTS: readonly Candidate[] = ['a', '2000-01-01T00:00:00.000', '2000-01-01', '00:00:00', '0'].map((value) => ({
  value,
  type: 'string',
}));

const ANY = 'string | number | bigint | boolean | ExactNumber';

/** The maximum number of EXPLAINs for one statement; each takes the server a millisecond or two. */
const MOST_TRIALS = 2000;

/**
 * TypeScript types of statements in files: of their variables, and of the rows of a file with one SELECT. The server
 * determines both: it explains the SELECT with values of each kind in place of its variables.
 * @param defined values of variables that cannot be literals, such as the name of a table
 * @throws Error that begins with the file's name when the server accepts no values for its SELECT
 */
export async function statementTypes(
  client: SluiceClient,
  files: readonly SqlFile[],
  defined: Readonly<Record<string, string>>,
  titles: Titles,
): Promise<string[]> {
  const parts: string[] = [];
  const statements: string[] = [];
  for (const file of files) {
    const title = titles.of(file.name.replace(/\.sql$/i, ''), ['Row', 'Variables'], 'Statement');
    const variables = variableReferences(file.text);
    const { statements: all, rest } = splitStatements(file.text);
    const selects = [...all.map((s) => s.text), rest]
      .map((text) => text.replace(/;\s*$/, ''))
      .filter((text) => /^\s*SELECT\b/i.test(withoutComments(text)));
    const found = selects.length === 1 ? await typed(client, file.name, selects[0]!, variables, defined) : undefined;
    const members = variables.map(({ name, isBare }) => {
      const type = found?.types.get(name) ?? (isBare ? ANY : 'string');
      return `readonly ${JSON.stringify(name)}: ${type};`;
    });
    parts.push(interfaceOf(`${title}Variables`, `Variables of ${file.name}.`, members));
    if (found !== undefined) parts.push(interfaceOf(`${title}Row`, `A row of ${file.name}.`, found.columns));
    statements.push(
      `readonly ${JSON.stringify(file.name)}: { readonly row: ${found === undefined ? 'never' : `${title}Row`}; readonly variables: ${title}Variables };`,
    );
  }
  return [...parts, interfaceOf('Statements', 'Rows and variables of statements, by file.', statements)];
}

interface Typed {
  /** The types, by name of the variable. */
  readonly types: ReadonlyMap<string, string>;
  readonly columns: readonly string[];
}

async function typed(
  client: SluiceClient,
  file: string,
  select: string,
  variables: readonly VariableReference[],
  defined: Readonly<Record<string, string>>,
): Promise<Typed> {
  const given = new Map(Object.entries(defined).map(([name, value]) => [name.toUpperCase(), value]));
  const open = variableReferences(select).filter(({ name }) => !given.has(name.toUpperCase()));
  const explain = async (values: ReadonlyMap<string, string>) => {
    const [entity] = await client.execute(`EXPLAIN ${select};`, {
      variables: Object.fromEntries([...given, ...values]),
    });
    return listOf(fieldsOf(entity?.['queryDescription'])['fields']);
  };
  let last: unknown;
  const takes = async (values: ReadonlyMap<string, string>): Promise<boolean> => {
    try {
      await explain(values);
      return true;
    } catch (error) {
      if (!(error instanceof ClientError) || error.status !== 400) throw error;
      last ??= error;
      return false;
    }
  };
  let values: Map<string, string> | undefined;
  let trials = 0;
  for (const candidate of combinations(open)) {
    if (++trials > MOST_TRIALS) break;
    if (!(await takes(candidate))) continue;
    values = candidate;
    break;
  }
  if (values === undefined)
    throw new Error(
      `${file}: ${last instanceof Error ? last.message : 'the server takes no values for its variables'}` +
        (open.length === 0
          ? ''
          : `\nWhere a variable is a name, say one for which the types are asked: --define ${open[0]!.name}=NAME`),
    );
  const types = new Map<string, string>();
  for (const variable of open) {
    const possible = new Set<string>();
    for (const { value, type } of candidatesOf(variable))
      if (!possible.has(type) && (await takes(new Map(values).set(variable.name, value)))) possible.add(type);
    types.set(variable.name, [...possible].join(' | '));
  }
  for (const { name, isBare } of variables) if (given.has(name.toUpperCase())) types.set(name, isBare ? ANY : 'string');
  const columns = (await explain(values)).map(
    (f) => `readonly ${JSON.stringify(textOf(f['name']))}: ${typeOf(f['schema'] as SchemaInfo, true)} | null;`,
  );
  return { types, columns };
}

function candidatesOf({ isBare }: VariableReference): readonly Candidate[] {
  return isBare ? LITERALS : TEXTS;
}

/** All combinations of values for the variables, the likely ones first. */
function* combinations(variables: readonly VariableReference[]): Generator<Map<string, string>> {
  const [first, ...others] = variables;
  if (first === undefined) {
    yield new Map();
    return;
  }
  for (const rest of combinations(others))
    for (const { value } of candidatesOf(first)) yield new Map(rest).set(first.name, value);
}

function withoutComments(text: string): string {
  return text.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ');
}
