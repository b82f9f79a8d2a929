import { afterAll, beforeAll } from 'vitest';
import { KafkaLog } from '../../src/log/kafka/kafka-log.ts';
import { testEnv } from '../support/env.ts';
import { describeLog } from '../support/log-suite.ts';
import { describeWithServers } from '../support/servers/available.ts';
import { type KafkaServer, startKafka } from '../support/servers/kafka.ts';

describeWithServers('the log on Apache Kafka', () => {
  let kafka: KafkaServer;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka?.remove();
  });

  describeLog('KafkaLog', async () => {
    const log = new KafkaLog({ properties: { 'bootstrap.servers': kafka.bootstrap }, env: testEnv() });
    return { log, close: () => log.close() };
  });
});
