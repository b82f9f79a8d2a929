import { must } from '../base/assert.ts';
import { isSluiceError, messageOf, SluiceError } from '../base/errors.ts';
import type { Source } from '../catalog/source.ts';
import { Session } from '../engine/session.ts';
import { evaluateRow } from '../engine/statements/insert-values.ts';
import { prepare } from '../engine/statements/planned.ts';
import { PlanningWorld } from '../engine/planning-world.ts';
import { KeyReader } from '../dataflow/task/topic-codec.ts';
import { formatNamed } from '../formats/registry.ts';
import type { AssertSource, AssertTombstone, AssertValues } from '../sql/ast/assertions.ts';
import type { CreateSource } from '../sql/ast/definition.ts';
import { parseStatements, type ParsedStatement } from '../sql/parse.ts';
import { jsonRenderer } from '../types/json-value.ts';
import { formatSchema, type Column } from '../types/schema.ts';
import { formatType } from '../types/sql-type.ts';
import { raisedBy, wrongError } from './expect-error.ts';
import type { Case } from './case-file.ts';
import { Pump } from './pump.ts';
import { readTopic, type Verdict } from './run-qtt.ts';
import type { CreateWorld, World } from './world.ts';

/** How to run a script that is stored in a file. */
export interface ScriptOptions {
  /** The line of the file on which the case begins, from 1; default 1. */
  readonly firstLine?: number;
  /** Reads the file of RUN SCRIPT; undefined when it does not exist. Default: the scripts of the case. */
  readonly readScript?: (path: string) => string | undefined;
  /** Ignores statements about connectors, which would fail otherwise, because the files of a project contain them. */
  readonly withoutConnectors?: boolean;
}

/** Runs one `sql` case (README 7 of the suite): a script of statements and assertions. */
export async function runSql(testCase: Case, createWorld: CreateWorld, options: ScriptOptions = {}): Promise<Verdict> {
  const world = await createWorld();
  const script = new ScriptRunner(testCase, world, options);
  const text = testCase.statements.join('\n');
  try {
    await script.run(text);
  } catch (error) {
    const { expectedError } = testCase;
    if (!expectedError) return script.place(error);
    // In ksqlDB, a failed ASSERT VALUES is an AssertionError, and not one of its own exceptions.
    if (error instanceof AssertionFailure) {
      const fits =
        expectedError.type?.endsWith('AssertionError') === true ||
        (error.ofSource && expectedError.type?.endsWith('KsqlException') === true);
      return fits && error.message.includes(expectedError.message ?? '')
        ? undefined
        : `expected ${JSON.stringify(expectedError)}, got ${error.message}`;
    }
    return wrongError(raisedBy(error), expectedError, script.executing ?? text);
  } finally {
    await script.close();
    await world.close();
  }
  return testCase.expectedError
    ? `expected ${JSON.stringify(testCase.expectedError)}, and nothing was raised`
    : undefined;
}

class AssertionFailure extends Error {
  /** Whether the assertion is ASSERT STREAM | TABLE, and not ASSERT VALUES. */
  readonly ofSource: boolean;
  constructor(message: string, ofSource: boolean) {
    super(message);
    this.ofSource = ofSource;
  }
}

class ScriptRunner {
  readonly #case: Case;
  readonly #world: World;
  readonly #pump: Pump;
  readonly #session: Session;
  /** The number of records per topic that assertions have consumed. */
  readonly #taken = new Map<string, number>();

  readonly #options: ScriptOptions;
  /** The statement that is being executed, and the script that contains it. */
  #at: { readonly statement: ParsedStatement; readonly script: string | undefined } | undefined;

  constructor(testCase: Case, world: World, options: ScriptOptions) {
    this.#options = options;
    this.#case = testCase;
    this.#world = world;
    this.#pump = new Pump(world, testCase.properties);
    this.#session = new Session(testCase.properties);
  }

  async run(text: string, script?: string): Promise<void> {
    this.#at = undefined;
    for (const statement of parseStatements(text, { testStatements: true })) {
      this.#at = { statement, script };
      await this.#statement(statement);
    }
  }

  /** The text of the statement that is being executed; undefined while a script is being parsed. */
  get executing(): string | undefined {
    return this.#at?.statement.text;
  }

  /** The text of an error with its line and statement. */
  place(error: unknown): string {
    const raised = raisedBy(error).error;
    const offset = (this.#options.firstLine ?? 1) - 1;
    if (this.#at === undefined) {
      const line = isSluiceError(raised) ? raised.span?.line : undefined;
      const hint = isSluiceError(raised) && raised.hint !== undefined ? `\nHint: ${raised.hint}` : '';
      return `${line === undefined ? '' : `line ${line + offset}: `}${messageOf(raised).replace(/^line \d+:\d+: /, '')}${hint}`;
    }
    const { statement, script } = this.#at;
    const place = script === undefined ? `line ${statement.span.line + offset}` : `${script}:${statement.span.line}`;
    const text = isSluiceError(raised) ? raised.render(statement.text) : messageOf(raised);
    return `${place}: ${must(statement.text.split('\n')[0], 'part of the text')}\n${text}`;
  }

  async close(): Promise<void> {
    await this.#pump.close();
  }

  async #statement({ statement, text }: ParsedStatement): Promise<void> {
    switch (statement.kind) {
      case 'RunScript': {
        const { path } = statement;
        const script = this.#options.readScript?.(path) ?? this.#case.scripts[path];
        if (script === undefined) throw new SluiceError('REJECTED', `Could not find script: ${path}`);
        await this.run(script, path);
        return;
      }
      case 'CreateConnector':
      case 'AlterConnector':
      case 'DropConnector':
        if (this.#options.withoutConnectors !== true) await this.#world.engine.execute(text, this.#session);
        return;
      case 'AssertValues':
        return await this.#assertValues(statement);
      case 'AssertTombstone':
        return await this.#assertTombstone(statement);
      case 'AssertSource':
        return await this.#assertSource(statement, text);
      default:
        if (statement.kind === 'CreateSource') await this.#createTopic(statement);
        await this.#world.engine.execute(text, this.#session);
        await this.#pump.run();
    }
  }

  /** Creates the topic of a statement, with one partition by default. */
  async #createTopic(statement: CreateSource): Promise<void> {
    const topic = statement.properties.find((p) => p.name.toUpperCase() === 'KAFKA_TOPIC')?.value;
    const name = topic?.kind === 'StringLiteral' ? topic.value : statement.name.name;
    const { admin } = this.#world.log;
    if ((await admin.describeTopic(name)) === undefined) await admin.createTopic({ name, partitions: 1, replicas: 1 });
  }

  #source(name: string): Source {
    const source = this.#world.engine.catalog.source(name);
    if (!source) throw new SluiceError('REJECTED', `Source ${name} does not exist`);
    return source;
  }

  async #nextRecord(
    source: Source,
  ): Promise<{ readonly row: ReadonlyMap<string, unknown>; readonly tombstone: boolean; readonly timestamp: number }> {
    const topic = source.topic.name;
    const records = await readTopic(this.#world, topic);
    const index = this.#taken.get(topic) ?? 0;
    const record = records[index];
    if (!record)
      throw new AssertionFailure(
        `Expected another record, but all records have already been read for ${source.name}`,
        false,
      );
    this.#taken.set(topic, index + 1);
    const row = new Map<string, unknown>();
    const { codecs } = this.#world.engine.services;
    const codec = { ...source.topic };
    const key = new KeyReader(codec, source.schema.key, source.topic.window, topic, codecs).read(
      record.key ?? Buffer.alloc(0),
      0,
      record.key?.length ?? -1,
    );
    for (const [i, column] of source.schema.key.entries()) row.set(column.name, key?.[i] ?? null);
    const columns = source.schema.value.filter((c) => c.role === 'VALUE');
    const values: unknown[] = columns.map(() => null);
    let tombstone = record.value === null;
    if (record.value !== null) {
      const decoder = formatNamed(source.topic.valueFormat.format).createDecoder(
        {
          schema: { columns, features: source.topic.valueFeatures, isKey: false },
          info: source.topic.valueFormat,
          topic,
          registry: codecs,
        },
        columns.map((_, i) => i),
      );
      tombstone = !decoder.decode(record.value, 0, record.value.length, values);
    }
    for (const [i, column] of columns.entries()) row.set(column.name, values[i]);
    return { row, tombstone, timestamp: record.timestamp };
  }

  async #assertValues(statement: AssertValues): Promise<void> {
    const source = this.#source(statement.source.name);
    const have = await this.#nextRecord(source);
    const want = evaluateRow(statement.columns, statement.values, source, this.#world.engine.services);
    this.#compare(source, want, have.row, have.timestamp);
    if (have.tombstone && [...want.keys()].some((name) => source.schema.value.some((c) => c.name === name))) {
      throw new AssertionFailure('Expected record does not match actual: it is a tombstone', false);
    }
  }

  async #assertTombstone(statement: AssertTombstone): Promise<void> {
    const source = this.#source(statement.source.name);
    const have = await this.#nextRecord(source);
    const want = evaluateRow(statement.columns, statement.values, source, this.#world.engine.services);
    this.#compare(source, want, have.row, have.timestamp);
    if (!have.tombstone) throw new AssertionFailure('Expected record does not match actual: it is no tombstone', false);
  }

  #compare(
    source: Source,
    want: ReadonlyMap<string, unknown>,
    have: ReadonlyMap<string, unknown>,
    timestamp: number,
  ): void {
    const lines: string[] = [];
    let differs = false;
    for (const [name, value] of want) {
      const column = [...source.schema.key, ...source.schema.value].find((c) => c.name === name);
      const same = column
        ? sameValue(column, value, have.get(name) ?? null)
        : name !== 'ROWTIME' || Number(value) === timestamp;
      const [wanted, got] = column
        ? [jsonRenderer(column.type)(value), jsonRenderer(column.type)(have.get(name) ?? null)]
        : [String(value), String(timestamp)];
      differs ||= !same;
      lines.push(same ? `    ${name}: ${got}` : `  - ${name}: ${wanted}\n  + ${name}: ${got}`);
    }
    if (differs)
      throw new AssertionFailure(
        `Expected record does not match actual. (- expected, + actual)\n${lines.join('\n')}`,
        false,
      );
  }

  /** Plans the asserted declaration as a CREATE and compares the result with the existing source. */
  async #assertSource(statement: AssertSource, text: string): Promise<void> {
    const actual = this.#source(statement.name.name);
    const check = (property: string, want: unknown, have: unknown): void => {
      if (JSON.stringify(want ?? null) === JSON.stringify(have ?? null)) return;
      const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));
      throw new AssertionFailure(
        `Expected ${property} does not match actual for source ${actual.name}. Expected: ${shown(want)}, Actual: ${shown(have)}`,
        true,
      );
    };
    check('type', statement.sourceType, actual.kind);
    const topic = statement.properties.find((p) => p.name.toUpperCase() === 'KAFKA_TOPIC')?.value;
    if (topic !== undefined)
      check('kafka topic', topic.kind === 'StringLiteral' ? topic.value : topic, actual.topic.name);
    const world = new PlanningWorld(this.#world.engine.services, this.#world.engine.catalog, 0);
    const create = {
      ...statement,
      kind: 'CreateSource',
      orReplace: true,
      ifNotExists: false,
      readOnly: false,
    } as const;
    const others = { ...create, name: { ...create.name, name: `${create.name.name}_ASSERTED` } };
    const { plan } = await prepare(others, {
      services: this.#world.engine.services,
      session: this.#session,
      text,
      world,
    });
    const ddl = plan.ddl;
    if (ddl?.kind !== 'CreateSource') throw new AssertionFailure('The assertion plans to nothing', true);
    const expected = ddl.source;
    check('schema', formatSchema(expected.schema), formatSchema(actual.schema));
    check('key format', expected.topic.keyFormat.format, actual.topic.keyFormat.format);
    check('value format', expected.topic.valueFormat.format, actual.topic.valueFormat.format);
    check('key format properties', expected.topic.keyFormat.properties, actual.topic.keyFormat.properties);
    check('value format properties', expected.topic.valueFormat.properties, actual.topic.valueFormat.properties);
    check('key serde features', expected.topic.keyFeatures, actual.topic.keyFeatures);
    check('value serde features', expected.topic.valueFeatures, actual.topic.valueFeatures);
    check('window', expected.topic.window, actual.topic.window);
    check('timestamp column', expected.timestamp?.column, actual.timestamp?.column);
    check('timestamp format', expected.timestamp?.format, actual.timestamp?.format);
  }
}

function sameValue(column: Column, a: unknown, b: unknown): boolean {
  if (a === null || b === null) return a === b;
  if (formatType(column.type) === 'DOUBLE') return Math.abs((a as number) - (b as number)) < 0.000001;
  return jsonRenderer(column.type)(a) === jsonRenderer(column.type)(b);
}
