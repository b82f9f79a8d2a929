import type { RegistrySchema } from '../formats/api.ts';
import { subjectOf } from '../formats/schema-registry/api.ts';
import { Session } from '../engine/session.ts';
import { PlanningWorld } from '../engine/planning-world.ts';
import { prepare } from '../engine/statements/planned.ts';
import { parseStatements } from '../sql/parse.ts';
import type { StatementPlan } from '../plan/statement-plan.ts';
import type { StatementOf } from '../sql/ast/statement.ts';
import type { Case, CaseTopicSchema } from './case-file.ts';
import type { TopicWorld } from './world.ts';
import type { CreateWorld } from './world.ts';

const DEFAULT_DECLARED_PARTITIONS = 1;
const DEFAULT_PARTITIONS = 4;

interface CreatedTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicas: number;
  readonly schemas: StatementPlan['schemas'];
}

/**
 * Creates the topics that exist before the first statement and registers their schemas (README 3.2, 3.3 of the suite).
 * @param createWorld creates a world in which the statements are planned, to determine the topics and schemas they need
 */
export async function createTopics(testCase: Case, world: TopicWorld, createWorld: CreateWorld): Promise<void> {
  const created = await topicsOfStatements(testCase, createWorld);
  const partitions = new Map<string, { partitions: number; replicas: number }>();
  for (const topic of testCase.topics) {
    partitions.set(topic.name, {
      partitions: topic.partitions ?? DEFAULT_DECLARED_PARTITIONS,
      replicas: topic.replicas ?? 1,
    });
  }
  for (const topic of created) {
    if (!partitions.has(topic.name)) partitions.set(topic.name, topic);
  }
  for (const { topic } of [...testCase.inputs, ...testCase.outputs]) {
    if (!partitions.has(topic)) partitions.set(topic, { partitions: DEFAULT_PARTITIONS, replicas: 1 });
  }
  for (const [name, spec] of partitions) await world.log.admin.createTopic({ name, ...spec });
  await registerSchemas(testCase, created, world);
}

async function registerSchemas(testCase: Case, created: readonly CreatedTopic[], world: TopicWorld): Promise<void> {
  const declared = new Map(testCase.topics.map((t) => [t.name, t]));
  // Schemas with declared ids first: the others get the remaining ids.
  for (const topic of testCase.topics) {
    for (const isKey of [true, false]) {
      const side = isKey ? topic.key : topic.value;
      if (side.schema === undefined || side.schemaId === undefined) continue;
      for (const reference of side.references) {
        await world.registry.register(reference.name, registrySchema(reference.format, reference.schema, []));
      }
      await world.registry.registerWithId(subjectOf(topic.name, isKey), schemaOf(side), side.schemaId);
    }
  }
  const names = [...new Set([...created.map((t) => t.name), ...testCase.topics.map((t) => t.name)])];
  for (const name of names) {
    const topic = declared.get(name);
    const derived = created.find((t) => t.name === name)?.schemas ?? [];
    for (const isKey of [true, false]) {
      const subject = subjectOf(name, isKey);
      const side = topic && (isKey ? topic.key : topic.value);
      if (side?.schema !== undefined) {
        // The imports of such a schema are not registered (README 3.3), so their texts are passed along.
        if (side.schemaId === undefined) {
          const resolved = side.references.map((r) => ({ name: r.name, schema: r.schema }));
          await world.registry.register(subject, {
            ...registrySchema(side.format ?? 'AVRO', side.schema, []),
            resolved,
          });
        }
        continue;
      }
      const own = derived.find((s) => s.subject === subject);
      if (own) await world.registry.register(subject, own.schema);
    }
  }
}

function schemaOf(side: CaseTopicSchema): RegistrySchema {
  return registrySchema(
    side.format ?? 'AVRO',
    side.schema!,
    side.references.map((r) => ({ name: r.name, subject: r.name, version: 1 })),
  );
}

function registrySchema(
  format: string,
  schema: string,
  references: NonNullable<RegistrySchema['references']>,
): RegistrySchema {
  const schemaType = format.startsWith('PROTOBUF') ? 'PROTOBUF' : format === 'AVRO' ? 'AVRO' : 'JSON';
  return { schemaType, schema, ...(references.length > 0 && { references }) };
}

/**
 * The topics of CREATE statements with a column list, in order, with the schemas that the engine derives from the
 * columns.
 */
async function topicsOfStatements(testCase: Case, createWorld: CreateWorld): Promise<CreatedTopic[]> {
  const found: CreatedTopic[] = [];
  if (!testCase.statements.some((s) => /^\s*CREATE\s/i.test(s))) return found;
  const world = await createWorld();
  const session = new Session(testCase.properties);
  const planning = new PlanningWorld(world.engine.services, world.engine.catalog, 0);
  try {
    for (const text of testCase.statements) {
      const sandbox = { services: world.engine.services, session, text, world: planning };
      const create = parseOne(text);
      if (create === undefined) continue;
      if (create.kind === 'CreateSource') {
        const topic = textProperty(create, 'KAFKA_TOPIC') ?? create.name.name;
        const partitions = numberProperty(create, 'PARTITIONS') ?? DEFAULT_PARTITIONS;
        const replicas = numberProperty(create, 'REPLICAS') ?? 1;
        await world.log.admin.createTopic({ name: topic, partitions, replicas }).catch(() => undefined);
        if (create.columns.length === 0) continue;
        const plan = await prepare(create, sandbox).then(
          (prepared) => prepared.plan,
          () => undefined,
        );
        if (!found.some((t) => t.name === topic))
          found.push({ name: topic, partitions, replicas, schemas: plan?.schemas ?? [] });
      } else {
        const prepared = await prepare(create, sandbox).catch(() => undefined);
        if (prepared) planning.absorb(prepared.plan, prepared.command?.changes ?? []);
      }
    }
  } finally {
    await world.close();
  }
  return found;
}

/** A CREATE STREAM, TABLE or TYPE; other statements, and text that does not parse, are skipped. */
function parseOne(text: string): StatementOf<'CreateSource' | 'CreateType'> | undefined {
  try {
    const [parsed] = parseStatements(text, { testStatements: true });
    const statement = parsed?.statement;
    return statement?.kind === 'CreateSource' || statement?.kind === 'CreateType' ? statement : undefined;
  } catch {
    return undefined;
  }
}

function property(
  create: StatementOf<'CreateSource'>,
  name: string,
): StatementOf<'CreateSource'>['properties'][number]['value'] | undefined {
  return create.properties.find((p) => p.name.toUpperCase() === name)?.value;
}

function textProperty(create: StatementOf<'CreateSource'>, name: string): string | undefined {
  const value = property(create, name);
  return value?.kind === 'StringLiteral' ? value.value : undefined;
}

function numberProperty(create: StatementOf<'CreateSource'>, name: string): number | undefined {
  const value = property(create, name);
  if (value?.kind === 'IntegerLiteral') return Number(value.value);
  return value?.kind === 'StringLiteral' ? Number(value.value) : undefined;
}
