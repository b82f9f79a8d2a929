import type { RegistrySchema } from '../api.ts';
import { parseAvroSchema, type AvroType } from '../avro/avro-schema.ts';

/** @throws Error with a reason for an invalid schema */
export function validateAvro(schema: RegistrySchema): void {
  parseAvroSchema(schema);
}

/** Avro's schema resolution: the reasons why the reader schema cannot read data of the writer schema. */
export function avroProblems(reader: RegistrySchema, writer: RegistrySchema): readonly string[] {
  const problems: string[] = [];
  check(parseAvroSchema(reader), parseAvroSchema(writer), '', problems, []);
  return problems;
}

const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
};

type Pair = readonly [AvroType, AvroType];

function check(reader: AvroType, writer: AvroType, path: string, problems: string[], open: readonly Pair[]): void {
  if (open.some(([r, w]) => r === reader && w === writer)) return;
  const inside = [...open, [reader, writer] as const];
  const mismatch = (): void => {
    problems.push(
      `reader type: ${reader.kind.toUpperCase()} not compatible with writer type: ${writer.kind.toUpperCase()} at ${path === '' ? '/' : path}`,
    );
  };
  if (writer.kind === 'union') {
    writer.branches.forEach((branch) => check(reader, branch, path, problems, inside));
    return;
  }
  if (reader.kind === 'union') {
    const readable = reader.branches.some((branch) => {
      const attempt: string[] = [];
      check(branch, writer, path, attempt, inside);
      return attempt.length === 0;
    });
    if (!readable)
      problems.push(`reader union lacks writer type: ${writer.kind.toUpperCase()} at ${path === '' ? '/' : path}`);
    return;
  }
  if (reader.kind !== writer.kind) {
    if (PROMOTIONS[writer.kind]?.includes(reader.kind) !== true) mismatch();
    return;
  }
  switch (reader.kind) {
    case 'record': {
      const from = writer as typeof reader;
      if (!sameName(reader, from)) problems.push(`expected: ${from.name} at ${path}/name`);
      reader.fields.forEach((field, i) => {
        const at = `${path}/fields/${i}`;
        const written = from.fields.find((f) => f.name === field.name || field.aliases.includes(f.name));
        if (written !== undefined) check(field.type, written.type, `${at}/type`, problems, inside);
        else if (field.default === undefined)
          problems.push(`reader's field without default is missing in the writer: ${field.name} at ${at}`);
      });
      return;
    }
    case 'enum': {
      const from = writer as typeof reader;
      if (!sameName(reader, from)) problems.push(`expected: ${from.name} at ${path}/name`);
      const missing = from.symbols.filter((symbol) => !reader.symbols.includes(symbol));
      if (missing.length > 0 && reader.default === undefined)
        problems.push(`missing enum symbols: [${missing.join(', ')}] at ${path}/symbols`);
      return;
    }
    case 'fixed': {
      const from = writer as typeof reader;
      if (!sameName(reader, from)) problems.push(`expected: ${from.name} at ${path}/name`);
      if (from.size !== reader.size) problems.push(`expected: ${reader.size}, found: ${from.size} at ${path}/size`);
      return;
    }
    case 'array':
      return check(reader.items, (writer as typeof reader).items, `${path}/items`, problems, inside);
    case 'map':
      return check(reader.values, (writer as typeof reader).values, `${path}/values`, problems, inside);
    default:
  }
}

/** Unqualified names are compared, as in Avro's Java library; aliases of the reader are considered. */
function sameName(
  reader: { readonly name: string; readonly aliases?: readonly string[] },
  writer: { readonly name: string },
): boolean {
  const short = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
  return short(reader.name) === short(writer.name) || (reader.aliases ?? []).includes(writer.name);
}
