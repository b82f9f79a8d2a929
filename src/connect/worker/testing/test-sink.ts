import type { SinkPlugin, SinkTask } from '../../api/connector.ts';

/** The class of `testSink`. */
export const TEST_SINK = 'test.Sink';

/** A sink without settings of its own and with one task. */
export function testSink(createTask: () => SinkTask): SinkPlugin {
  return {
    type: 'sink',
    name: 'test',
    className: TEST_SINK,
    aliases: [],
    version: '1',
    doc: '',
    config: [],
    load: async () => ({
      createConnector: () => ({ start: async () => {}, taskConfigs: async () => [{}], stop: async () => {} }),
      createTask,
    }),
  };
}
