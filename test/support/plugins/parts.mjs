/**
 * Third-party transforms, predicates and converters, as a user would write them: they import nothing of ours. Their
 * settings determine their faults.
 */
const key = (name, more) => ({ name, type: 'STRING', default: null, documentation: '', ...more });

const faults = {
  throws: () => {
    throw new Error('thrown for this record');
  },
  loop: () => {
    for (;;);
  },
  exit: () => process.exit(3),
  timer: () =>
    void setTimeout(() => {
      throw new Error('thrown in a timer');
    }, 10),
  promise: () => Promise.resolve(),
  twice: () => {
    const error = new Error('away for a moment');
    error.name = 'RetriableError';
    if (failures++ < 2) throw error;
  },
};
let failures = 0;

const textOf = (value) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value));

/** Puts a word and its number in the thread before the value, and fails in a configured way at the value `at`. */
export const stamp = {
  className: 'test.Stamp',
  type: 'transformation',
  version: '1.2',
  config: [
    key('word', { default: 'seen', validator: (word) => (word === 'rude' ? 'must be polite' : undefined) }),
    key('fault'),
    key('at'),
    key('topic'),
  ],
  create: (config) => {
    if (config.word === 'late') throw new Error('no such word');
    let n = 0;
    return {
      apply: (record) => {
        const text = textOf(record.value);
        if (config.fault !== undefined && text.endsWith(config.at)) {
          const early = faults[config.fault]?.();
          if (early !== undefined) return early;
        }
        if (text.endsWith('drop')) return null;
        const valueSchema = { type: 'STRING', optional: false };
        return {
          ...record,
          topic: config.topic ?? record.topic,
          valueSchema,
          value: `${config.word ?? 'seen'} ${n++} ${text}`,
        };
      },
    };
  },
};

/** True for values that end with the configured text. */
export const endsWith = {
  className: 'test.EndsWith',
  type: 'predicate',
  config: [key('text')],
  create: (config) => ({ test: (record) => textOf(record.value).endsWith(config.text) }),
};

/** Formats a value as `<...>` around its text; it must first request something that is fetched asynchronously. */
export const angular = {
  className: 'test.Angular',
  aliases: ['Angular'],
  type: 'converter',
  sqlFormat: 'KAFKA',
  config: [key('fault'), key('at'), key('marks', { validator: (v) => (v === 'none' ? 'must be some' : undefined) })],
  create: (config, isKey) => {
    let ready = false;
    const ask = () => {
      if (ready) return;
      const error = new Error('not yet');
      error.ready = async () => void (ready = true);
      throw error;
    };
    const does = (text) => {
      if (config.fault !== undefined && text.includes(config.at)) faults[config.fault]?.();
    };
    return {
      encoder: (topic) => (value, out) => {
        ask();
        if (value === null || value === undefined) return false;
        does(textOf(value));
        out.writeBytes(Buffer.from(`<${isKey ? 'key' : topic} ${textOf(value)}>`));
        return true;
      },
      decode: (_, bytes) => {
        ask();
        if (bytes === null) return { schema: null, value: null };
        const text = bytes.toString();
        does(text);
        return { schema: { type: 'STRING', optional: false }, value: text.slice(1, -1) };
      },
    };
  },
};

export const ghost = { className: 'test.Ghost', type: 'transformation', config: [] };
export const vague = { className: 'test.Vague', type: 'predicate', config: [], create: () => ({}) };
