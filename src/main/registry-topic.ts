import type { Env } from '../base/env.ts';
import { isSluiceError } from '../base/errors.ts';
import { MemorySchemaRegistry, type RegistryEvent } from '../formats/schema-registry/memory-registry.ts';
import type { Log } from '../log/api.ts';
import { BatchBuilder } from '../log/record-batch/builder.ts';
import { RecordCursor } from '../log/record-batch/cursor.ts';

/** Where the embedded registry keeps its events, as Confluent's keeps its own: one partition, in order, forever. */
const TOPIC = '_schemas';

/** The embedded registry: its events are replayed from the topic, and each change is appended before it counts. */
export async function openEmbeddedRegistry(log: Log, env: Env): Promise<MemorySchemaRegistry> {
  await log.admin
    .createTopic({ name: TOPIC, partitions: 1, replicas: 1, configs: { 'retention.ms': '-1' } })
    .catch((error: unknown) => {
      if (!isSluiceError(error, 'CONFLICT')) throw error;
    });
  const events = await readEvents(log);
  const writer = await log.createWriter({ transactionalId: 'schema-registry' });
  return new MemorySchemaRegistry({
    events,
    store: {
      async append(event) {
        const batch = new BatchBuilder();
        batch.add(env.clock.nowMs(), Buffer.from(keyOf(event)), Buffer.from(JSON.stringify(event)));
        writer.append(TOPIC, 0, batch.finish(), true);
        await writer.commit();
      },
    },
  });
}

async function readEvents(log: Log): Promise<RegistryEvent[]> {
  const at = { topic: TOPIC, partition: 0 };
  const end = await log.admin.latestOffset(at);
  const events: RegistryEvent[] = [];
  const reader = log.createReader({});
  reader.assign([{ ...at, offset: 0 }]);
  const cursor = new RecordCursor();
  try {
    while (reader.position(at) < end) {
      for (const fetched of await reader.poll(1000)) {
        cursor.openFetched(fetched);
        while (cursor.next()) {
          for (let i = 0; i < cursor.columns.count; i++) {
            const value = cursor.columns.value(i);
            if (value) events.push(JSON.parse(value.toString('utf8')) as RegistryEvent);
          }
        }
      }
    }
  } finally {
    await reader.close();
  }
  return events;
}

function keyOf(event: RegistryEvent): string {
  return JSON.stringify({ type: event.type, subject: 'subject' in event ? (event.subject ?? null) : null });
}
