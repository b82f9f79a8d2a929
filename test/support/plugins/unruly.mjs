/**
 * Third-party connectors, as a user would write them: they import nothing of ours. Their settings determine their
 * faults.
 */
const key = (name, more) => ({ name, type: 'STRING', default: null, documentation: '', ...more });

const hold = () => {
  for (;;);
};
const faults = {
  throws: () => {
    throw new Error('thrown at once');
  },
  timer: () =>
    void setTimeout(() => {
      throw new Error('thrown in a timer');
    }, 10),
  rejection: () => void Promise.reject(new Error('rejected by nobody')),
  loop: hold,
  exit: () => process.exit(3),
  some: () => void setTimeout(() => process.exit(1), Math.random() * 20),
  heap: () => {
    const kept = [];
    const more = () => {
      kept.push(Array.from({ length: 10_000 }, (_, i) => ({ i })));
      setImmediate(more);
    };
    more();
  },
  buffers: () => {
    const kept = [];
    const more = () => {
      kept.push(Buffer.alloc(16 << 20, 1));
      setTimeout(more, 5);
    };
    more();
  },
  retriable: () => {
    const error = new Error('away for a moment');
    error.name = 'RetriableError';
    throw error;
  },
};

const does = (config, where) => {
  const { fault, at } = config.raw;
  if (fault !== undefined && (at ?? 'start') === where) faults[fault]?.();
};

const connectorOf = () => {
  let config;
  return {
    async start(given, context) {
      config = given;
      does(config, 'connector');
      context.remark([`offset before: ${JSON.stringify(context.offset({ s: 1 }) ?? null)}`]);
    },
    async taskConfigs() {
      return [{ part: '0' }];
    },
    async stop() {},
  };
};

const INT = { type: 'INT32', optional: false };
const ROW = () => ({
  type: 'STRUCT',
  optional: false,
  fields: [
    { name: 'n', schema: INT },
    { name: 'bytes', schema: { type: 'BYTES', optional: true } },
  ],
});

/** Counts to `total`: record n has the value n and the position after it. */
export const counting = {
  className: 'test.Counting',
  type: 'source',
  config: [
    key('fault'),
    key('at'),
    key('part'),
    key('total', { type: 'INT', default: 10 }),
    key('shape'),
    key('odd', { validator: (value) => (value !== null && Number(value) % 2 === 0 ? 'must be odd' : undefined) }),
    key('colour', { recommend: () => ['red', 'green'] }),
  ],
  check: (raw) =>
    raw.fault === 'check-loop' ? hold() : raw.total === '13' ? [{ key: 'total', message: 'Not 13' }] : [],
  previewSettings: () => ({ total: '3' }),
  load: async () => ({
    probe: async (config, context) => {
      if (config.raw.fault === 'probe-loop') hold();
      return config.raw.topic === undefined || context.refusal({ topic: config.raw.topic }) === undefined
        ? []
        : [{ key: 'topic', message: 'refused' }];
    },
    createConnector: () => ({
      ...connectorOf(),
      async alterOffsets(_, offsets) {
        if (offsets.some((o) => o.offset?.n === -1)) throw new Error('there is no -1');
      },
    }),
    createTask: () => {
      let n = 0,
        config,
        context;
      return {
        async start(given, c) {
          config = given;
          context = c;
          n = Number(c.offset({ s: 1 })?.n ?? 0);
          c.declareTopic({
            topic: 'n',
            entity: 'n',
            keySchema: null,
            keyColumns: [],
            isTable: false,
            valueSchema: null,
          });
          does(config, 'start');
        },
        async poll() {
          if (n >= 3) does(config, 'poll');
          const total = Number(config.raw.total ?? 10);
          if (n >= total) {
            await context.env.timers.sleep(5, context.signal).catch(() => {});
            return null;
          }
          const schema = ROW();
          return Array.from({ length: Math.min(3, total - n) }, () => {
            const value = n++;
            return {
              topic: 'n',
              keySchema: INT,
              key: value,
              // A separate schema for each record, and bytes in the middle of a large buffer.
              ...(config.raw.shape === 'struct'
                ? { valueSchema: value % 2 ? schema : ROW(), value: [value, Buffer.alloc(1 << 16).subarray(5, 8)] }
                : config.raw.shape === 'function'
                  ? { valueSchema: null, value: { f: () => 1 } }
                  : { valueSchema: INT, value }),
              headers: [{ key: 'h', schema: null, value: String(value) }],
              sourcePartition: { s: 1 },
              sourceOffset: { n },
            };
          });
        },
        async stop() {},
      };
    },
  }),
};

/**
 * Appends the records it receives to a file at each flush, one complete line per record; in the end each record is
 * there once.
 */
export const keeping = {
  className: 'test.Keeping',
  type: 'sink',
  config: [key('fault'), key('at'), key('file', { isFile: true, default: undefined }), key('part')],
  load: async () => ({
    createConnector: connectorOf,
    createTask: () => {
      let config,
        context,
        kept = [];
      return {
        async start(given, c) {
          config = given;
          context = c;
          does(config, 'start');
        },
        async put(records) {
          does(config, 'put');
          for (const record of records) {
            if (String(record.value) === 'bad') await context.reportErrant(record, new Error('bad it is'));
            else
              kept.push(
                `${record.topic}-${record.partition}-${record.offset} ${String(record.value)} ${context.topics()}`,
              );
          }
        },
        async flush() {
          const { appendFile } = await import('node:fs/promises');
          await appendFile(config.raw.file, kept.map((line) => `${line}\n`).join(''));
          kept = [];
        },
        async stop() {},
      };
    },
  }),
};

export const unfinished = {
  className: 'test.Unfinished',
  type: 'source',
  config: [],
  load: async () => ({ createTask: () => ({}) }),
};
export const ours = { ...counting, className: 'test.Ours', targets: () => [] };
export const converter = { className: 'test.Converter', config: [], create: () => ({}) };
export const numeric = {
  className: 'test.Numeric',
  type: 'source',
  config: [{ name: 'x', type: 'NUMBER' }],
  load: async () => ({}),
};
