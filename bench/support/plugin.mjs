/** A source and a sink as a user would write them, for bench/plugins.ts. */
const optional = (type) => ({ type, optional: true });
const KEY = { type: 'INT64', optional: false };
const ROW = {
  type: 'STRUCT',
  optional: false,
  fields: [
    { name: 'id', schema: KEY },
    { name: 'name', schema: optional('STRING') },
    { name: 'amount', schema: optional('FLOAT64') },
    { name: 'note', schema: optional('STRING') },
    { name: 'done', schema: optional('BOOLEAN') },
  ],
};
const connector = () => ({
  async start() {},
  async taskConfigs() {
    return [{}];
  },
  async stop() {},
});
const key = (name) => ({ name, type: 'STRING', default: null, documentation: '' });

/** A source that produces `total` rows; with `dies`, its thread exits 5 ms after the start. */
export const rows = {
  className: 'bench.Rows',
  type: 'source',
  config: [key('total'), key('dies')],
  load: async () => ({
    createConnector: connector,
    createTask: () => {
      let n = 0,
        total,
        context;
      const part = { s: 1 };
      return {
        async start(config, c) {
          context = c;
          total = Number(config.raw.total);
          if (config.raw.dies === 'true') setTimeout(() => process.exit(1), 5);
        },
        async poll() {
          const count = Math.min(1000, total - n);
          if (count === 0) {
            await context.env.timers.sleep(50, context.signal).catch(() => {});
            return [];
          }
          return Array.from({ length: count }, () => {
            const id = n++;
            return {
              topic: 'rows',
              keySchema: KEY,
              key: id,
              valueSchema: ROW,
              value: [id, `name ${id}`, id * 1.5, 'a text as long as most are', id % 2 === 0],
              sourcePartition: part,
              sourceOffset: { n },
            };
          });
        },
        async stop() {},
      };
    },
  }),
};

export const nowhere = {
  className: 'bench.Nowhere',
  type: 'sink',
  config: [],
  load: async () => ({
    createConnector: connector,
    createTask: () => ({ async start() {}, async put() {}, async stop() {} }),
  }),
};
