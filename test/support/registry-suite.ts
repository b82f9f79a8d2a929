import { expect, test } from 'vitest';
import { isSluiceError } from '../../src/base/errors.ts';
import type { RegistrySchema } from '../../src/formats/api.ts';
import type { SchemaRegistry } from '../../src/formats/schema-registry/api.ts';

const record = (...fields: unknown[]): RegistrySchema => ({
  schemaType: 'AVRO',
  schema: JSON.stringify({ type: 'record', name: 'User', fields }),
});
const ID = { name: 'id', type: 'int' };
const NAME = { name: 'name', type: ['null', 'string'], default: null };
const ID_AS_TEXT = { name: 'id', type: 'string' };

let subjects = 0;
const fresh = (): string => `suite-${process.pid}-${Date.now()}-${subjects++}-value`;

async function refusal(promise: Promise<unknown>): Promise<number> {
  try {
    await promise;
  } catch (error) {
    if (isSluiceError(error)) return error.status;
    throw error;
  }
  return 0;
}

/**
 * The behaviour that every schema registry must have. Subjects have unique names, so that the suite can run against a
 * registry that contains others.
 */
export function registrySuite(registry: () => SchemaRegistry): void {
  test('registers, finds and hands back AVRO', async () => {
    const subject = fresh();
    expect(await registry().latest(subject)).toBeUndefined();
    expect(await registry().versions(subject)).toBeUndefined();
    const id = await registry().register(subject, record(ID));
    expect(await registry().register(subject, record(ID))).toBe(id);
    expect(await registry().register(fresh(), record(ID))).toBe(id);
    const latest = await registry().latest(subject);
    expect(latest).toMatchObject({ subject, version: 1, id });
    expect(JSON.parse(latest!.schema.schema)).toEqual(JSON.parse(record(ID).schema));
    expect((await registry().lookup(subject, record(ID)))?.id).toBe(id);
    expect(await registry().lookup(subject, record(NAME))).toBeUndefined();
    expect(JSON.parse((await registry().schemaById(id))!.schema)).toEqual(JSON.parse(record(ID).schema));
    expect(await registry().schemaById(99_999_999)).toBeUndefined();
    expect(await registry().subjects()).toContain(subject);
  });

  test('keeps versions and compatibility', async () => {
    const subject = fresh();
    await registry().register(subject, record(ID));
    await registry().setCompatibility('BACKWARD', subject);
    expect(await registry().compatibility(subject)).toBe('BACKWARD');
    expect((await registry().checkCompatibility(subject, record(ID, NAME))).compatible).toBe(true);
    expect((await registry().checkCompatibility(subject, record(ID_AS_TEXT))).compatible).toBe(false);
    expect(await refusal(registry().register(subject, record(ID_AS_TEXT)))).toBe(409);
    await registry().register(subject, record(ID, NAME));
    expect(await registry().versions(subject)).toEqual([1, 2]);
    expect((await registry().version(subject, 1))?.version).toBe(1);
    expect(await registry().version(subject, 77)).toBeUndefined();
    await registry().setCompatibility('NONE', subject);
    await registry().register(subject, record(ID_AS_TEXT));
    expect((await registry().latest(subject))?.version).toBe(3);
  });

  test('keeps PROTOBUF with what it imports, and JSON Schema', async () => {
    const imported = fresh();
    await registry().register(imported, {
      schemaType: 'PROTOBUF',
      schema: 'syntax = "proto3";\n\nmessage Event {\n  int64 at = 1;\n}\n',
    });
    const main: RegistrySchema = {
      schemaType: 'PROTOBUF',
      schema: 'syntax = "proto3";\n\nimport "event.proto";\n\nmessage Main {\n  Event event = 1;\n}\n',
      references: [{ name: 'event.proto', subject: imported, version: 1 }],
    };
    const id = await registry().register(fresh(), main);
    const back = await registry().schemaById(id);
    expect(back?.schemaType).toBe('PROTOBUF');
    expect(back?.resolved?.map((r) => r.name)).toEqual(['event.proto']);
    expect(back?.resolved?.[0]?.schema).toContain('message Event');
    const subject = fresh();
    const json = await registry().register(subject, {
      schemaType: 'JSON',
      schema: '{"type":"object","properties":{"a":{"type":"integer"}}}',
    });
    expect((await registry().latest(subject))?.id).toBe(json);
    expect((await registry().schemaById(json))?.schemaType).toBe('JSON');
  });

  test('refuses what is no schema, and forgets a subject', async () => {
    const subject = fresh();
    expect(await refusal(registry().register(subject, { schemaType: 'AVRO', schema: '{"type":"wat"}' }))).toBe(422);
    await registry().register(subject, record(ID));
    expect(await registry().deleteSubject(subject)).toEqual([1]);
    expect(await registry().latest(subject)).toBeUndefined();
    expect(await refusal(registry().deleteSubject(fresh()))).toBe(404);
  });
}
