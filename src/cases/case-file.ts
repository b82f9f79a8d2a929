import { isLosslessNumber, LosslessNumber, parse } from 'lossless-json';
import type { ExpectedError } from './expect-error.ts';

/** A node of a case's JSON: numbers keep their lexeme, because `1`, `1.0` and `1.00` are different expectations. */
export type Node = null | boolean | string | LosslessNumber | readonly Node[] | { readonly [name: string]: Node };

/** A record of a case. Times are milliseconds since the epoch; an undefined timestamp is not specified by the case. */
export interface CaseRecord {
  readonly topic: string;
  readonly key: Node;
  readonly value: Node;
  readonly timestamp: number | undefined;
  readonly window?: { readonly start: number; readonly end: number; readonly type: 'time' | 'session' } | undefined;
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[];
}

/** A topic that a case declares; what is undefined is not specified by the case. */
export interface CaseTopic {
  readonly name: string;
  readonly partitions: number | undefined;
  readonly replicas: number | undefined;
  readonly key: CaseTopicSchema;
  readonly value: CaseTopicSchema;
}

export interface CaseTopicSchema {
  readonly format: string | undefined;
  /** Avro and JSON schemas as JSON text, Protobuf as .proto text. */
  readonly schema: string | undefined;
  readonly schemaId: number | undefined;
  readonly references: readonly { readonly name: string; readonly format: string; readonly schema: string }[];
}

/** One test case of the suite. */
export interface Case {
  readonly suite: 'qtt' | 'rest' | 'sql';
  readonly file: string;
  readonly id: string;
  readonly name: string;
  readonly kind: 'positive' | 'negative' | 'runner-self-test';
  readonly category: string;
  readonly enabled: boolean;
  readonly features: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  readonly topics: readonly CaseTopic[];
  readonly statements: readonly string[];
  readonly inputs: readonly CaseRecord[];
  readonly outputs: readonly CaseRecord[];
  readonly expectedException: ExpectedError | undefined;
  readonly expectedError: (ExpectedError & { readonly status?: number }) | undefined;
  readonly post: Node | undefined;
  readonly responses: readonly Node[];
  readonly scripts: Readonly<Record<string, string>>;
  readonly mustFailWith: string | undefined;
  readonly inputConditions: { readonly waitForActivePushQuery: boolean };
  readonly testPullWithProtoFormat: boolean;
}

/**
 * The cases of a file in the language-neutral form; none when it contains no list of cases.
 * @param suite the kind of the cases, unless the file contains it
 * @throws SyntaxError when the text is not JSON
 */
export function parseCases(content: string, file: string, suite: string): Case[] {
  const root = parse(content) as { readonly [name: string]: Node };
  if (!Array.isArray(root['cases'])) return [];
  return (root['cases'] as readonly Fields[]).map((fields) =>
    toCase((text(root['suite']) ?? suite) as Case['suite'], text(root['file']) ?? file, fields),
  );
}

/**
 * A case from statements and the files of ksql-test-runner: `{"inputs": [...]}` and `{"outputs": [...]}`.
 * @throws SyntaxError when a text is not JSON
 */
export function parseInputsAndOutputs(
  name: string,
  statements: readonly string[],
  inputs: string,
  outputs: string,
): Case {
  const fields = { ...(parse(inputs) as Fields), ...(parse(outputs) as Fields), name, id: name, statements };
  return toCase('qtt', name, fields);
}

type Fields = { readonly [name: string]: Node };

function toCase(suite: Case['suite'], file: string, fields: Fields): Case {
  const conditions = fields['inputConditions'] as Fields | undefined;
  return {
    suite,
    file,
    id: text(fields['id']) ?? `${file}/${text(fields['name']) ?? ''}`,
    name: text(fields['name']) ?? text(fields['id']) ?? file,
    kind: (text(fields['kind']) ?? 'positive') as Case['kind'],
    category: text(fields['category']) ?? 'core',
    enabled: fields['enabled'] !== false,
    features: (fields['features'] as string[] | undefined) ?? [],
    properties: Object.fromEntries(
      Object.entries((fields['properties'] as Fields | undefined) ?? {}).map(([k, v]) => [k, plain(v)]),
    ),
    topics: ((fields['topics'] as readonly Fields[] | undefined) ?? []).map(toTopic),
    statements: (fields['statements'] as string[] | undefined) ?? [],
    inputs: ((fields['inputs'] as readonly Fields[] | undefined) ?? []).map(toRecord),
    outputs: ((fields['outputs'] as readonly Fields[] | undefined) ?? []).map(toRecord),
    expectedException: fields['expectedException'] as Case['expectedException'],
    expectedError:
      fields['expectedError'] === undefined ? undefined : toExpectedError(fields['expectedError'] as Fields),
    post: fields['post'],
    responses: (fields['responses'] as readonly Node[] | undefined) ?? [],
    scripts: (fields['scripts'] as unknown as Record<string, string> | undefined) ?? {},
    mustFailWith: text(fields['mustFailWith']),
    inputConditions: { waitForActivePushQuery: conditions?.['waitForActivePushQuery'] === true },
    testPullWithProtoFormat: fields['testPullWithProtoFormat'] === true,
  };
}

function toExpectedError(fields: Fields): Case['expectedError'] {
  const status = integer(fields['status']);
  const type = text(fields['type']);
  const message = text(fields['message']);
  const code = text(fields['code']);
  const covers = text(fields['covers']);
  return {
    ...(type !== undefined && { type }),
    ...(message !== undefined && { message }),
    ...(code !== undefined && { code }),
    ...(covers !== undefined && { covers }),
    ...(status !== undefined && { status }),
  };
}

function toTopic(fields: Fields): CaseTopic {
  const side = (name: 'key' | 'value'): CaseTopicSchema => {
    const schema = fields[`${name}Schema`];
    return {
      format: text(fields[`${name}Format`]),
      schema: schema === undefined ? undefined : schemaText(schema, text(fields[`${name}Format`])),
      schemaId: integer(fields[`${name}SchemaId`]),
      references: ((fields[`${name}SchemaReferences`] as readonly Fields[] | undefined) ?? []).map((r) => ({
        name: text(r['name'])!,
        format: text(r['format']) ?? 'AVRO',
        schema: schemaText(r['schema'] ?? null, text(r['format'])),
      })),
    };
  };
  return {
    name: text(fields['name'])!,
    partitions: integer(fields['partitions']),
    replicas: integer(fields['replicas']),
    key: side('key'),
    value: side('value'),
  };
}

function toRecord(fields: Fields): CaseRecord {
  const window = fields['window'] as Fields | undefined;
  const timestamp = integer(fields['timestamp']);
  return {
    topic: text(fields['topic'])!,
    key: fields['key'] ?? null,
    value: fields['value'] ?? null,
    timestamp,
    window: window && {
      start: integer(window['start'])!,
      end: integer(window['end'])!,
      type: (text(window['type']) ?? 'time').toLowerCase() as 'time' | 'session',
    },
    headers: ((fields['headers'] as readonly Fields[] | undefined) ?? []).map((h) => ({
      key: text(h['KEY'])!,
      value: h['VALUE'] === null || h['VALUE'] === undefined ? null : Buffer.from(text(h['VALUE'])!, 'base64'),
    })),
  };
}

/** The JSON text of a schema node; Protobuf schemas are already text. */
function schemaText(node: Node, format: string | undefined): string {
  return typeof node === 'string' && format?.startsWith('PROTOBUF') ? node : toJson(node);
}

/** Compact JSON text; numbers keep their lexemes. */
export function toJson(node: Node): string {
  if (isLosslessNumber(node)) return node.value;
  if (Array.isArray(node)) return `[${(node as readonly Node[]).map(toJson).join(',')}]`;
  if (node !== null && typeof node === 'object') {
    return `{${Object.entries(node as Fields)
      .map(([k, v]) => `${JSON.stringify(k)}:${toJson(v)}`)
      .join(',')}}`;
  }
  return JSON.stringify(node);
}

function text(node: Node | undefined): string | undefined {
  return typeof node === 'string' ? node : undefined;
}

function integer(node: Node | undefined): number | undefined {
  return isLosslessNumber(node)
    ? Number(node.value)
    : typeof node === 'string' && node !== ''
      ? Number(node)
      : undefined;
}

function plain(node: Node): string {
  return isLosslessNumber(node) ? node.value : typeof node === 'string' ? node : JSON.stringify(node);
}
