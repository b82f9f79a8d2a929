import type { SinkImplementation } from '../../api/connector.ts';
import { OneConfigSinkConnector } from '../internal/one-config-sink.ts';
import { probeServer } from './probe.ts';
import { MqttSinkTask } from './sink-task.ts';

export const mqttSinkImplementation: SinkImplementation = {
  probe: probeServer,
  createConnector: () => new OneConfigSinkConnector(),
  createTask: () => new MqttSinkTask(),
};
