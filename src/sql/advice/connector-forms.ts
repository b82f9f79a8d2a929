import { adviceAt, type Advice, type Stuck } from './stuck.ts';

const N = '(`[^`]+`|"[^"]+"|[\\w.-]+)';
const WAY = '(SOURCE|SINK)';

type Form = readonly [form: string, advice: string];

/**
 * Forms of connectors' statements that are nearly right, or another product's, and what is written here; $1 is the
 * first group. Words may stand apart by any white space. The first that fits counts.
 */
const FORMS: readonly Form[] = [
  // CREATE and VALIDATE
  [
    `(CREATE(?: OR REPLACE)?|VALIDATE(?: OR REPLACE)?) CONNECTOR ${WAY} (?!WITH|FROM)${N} WITH`,
    'The direction stands before CONNECTOR: $1 $2 CONNECTOR $3 WITH (…);',
  ],
  [
    `(CREATE(?: OR REPLACE)?|VALIDATE(?: OR REPLACE)?) CONNECTOR ${N} ${WAY} WITH`,
    'The direction stands before CONNECTOR: $1 $3 CONNECTOR $2 WITH (…);',
  ],
  [
    `VALIDATE CONNECTOR ${N} (?:SET|RESET)`,
    'VALIDATE tries what CREATE would do: VALIDATE SOURCE CONNECTOR $1 WITH (…); or VALIDATE SINK CONNECTOR $1 WITH (…); ALTER CONNECTOR $1 SET (…); checks settings before it changes any.',
  ],
  [
    `(CREATE OR REPLACE|VALIDATE(?: OR REPLACE)?) CONNECTOR (?!FROM\\b)${N} ?(?:WITH|\\(|;|$)`,
    "Say which way it goes: $1 SOURCE CONNECTOR $2 WITH (…); for one that brings data in, $1 SINK CONNECTOR $2 WITH (…); for one that writes it out. JSON says it itself: $1 CONNECTOR $2 FROM '{…}';",
  ],
  [
    `VALIDATE (?!SOURCE|SINK|CONNECTOR|OR\\b)${N} WITH`,
    'VALIDATE SOURCE CONNECTOR $1 WITH (…); or VALIDATE SINK CONNECTOR $1 WITH (…);',
  ],
  [
    `(CREATE(?: OR REPLACE)?|VALIDATE(?: OR REPLACE)?) ${WAY} CONNECTOR (?!IF\\b|WITH\\b|FROM\\b)${N} (?:WITH )?(STOPPED|PAUSED)`,
    '$4 stands at the end: $1 $2 CONNECTOR $3 WITH (…) $4;',
  ],
  [
    `(CREATE|VALIDATE) ${WAY} CONNECTOR (?!IF\\b|WITH\\b|FROM\\b)${N} IF NOT EXISTS`,
    'IF NOT EXISTS stands before the name: $1 $2 CONNECTOR IF NOT EXISTS $3 WITH (…);',
  ],
  [
    `CREATE ${WAY} CONNECTOR IF EXISTS ${N}`,
    'What is created may be there: CREATE $1 CONNECTOR IF NOT EXISTS $2 WITH (…);',
  ],
  [
    `(CREATE(?: OR REPLACE)?) SINK CONNECTOR (?!IF\\b|WITH\\b|FROM\\b)${N} AS`,
    "A sink writes streams and tables, not a query: CREATE STREAM … AS SELECT …; makes one of it, and $1 SINK CONNECTOR $2 WITH (…, sources='…'); names it.",
  ],
  [
    `(CREATE(?: OR REPLACE)?) SOURCE CONNECTOR (?!IF\\b|WITH\\b|FROM\\b)${N} AS`,
    '$1 SOURCE CONNECTOR $2 WITH (…); has settings alone. A query over what it brings is CREATE STREAM … AS SELECT …;',
  ],
  [
    `(CREATE(?: OR REPLACE)?|VALIDATE(?: OR REPLACE)?) ${WAY} CONNECTOR (?!IF\\b|WITH\\b|FROM\\b)${N} FROM \\(`,
    "Settings one by one stand behind WITH: $1 $2 CONNECTOR $3 WITH (…); behind FROM stands JSON as one text: FROM '{…}'.",
  ],
  [
    `(CREATE(?: OR REPLACE)?|VALIDATE(?: OR REPLACE)?) ${WAY} CONNECTOR (?!IF\\b|WITH\\b|FROM\\b)${N} ?(?:;|$)`,
    "Its settings stand behind WITH: $1 $2 CONNECTOR $3 WITH (connector='…', …); SHOW CONNECTOR PLUGINS; lists what there is.",
  ],
  // ALTER
  [`ALTER ${WAY} CONNECTOR ${N}`, "ALTER CONNECTOR $2 SET ('key'='value'); without $1."],
  [`ALTER CONNECTOR OFFSETS (?!OF\\b|SET\\b|RESET\\b)${N} SET`, 'OF is missing: ALTER CONNECTOR OFFSETS OF $1 SET …;'],
  [`ALTER CONNECTOR ${N} OFFSETS`, 'ALTER CONNECTOR OFFSETS OF $1 SET BEGINNING; or SET END; or SET (…);'],
  [
    `ALTER CONNECTOR OFFSETS OF ${N} (?:TO )?(BEGINNING|END|START|EARLIEST|LATEST)`,
    'SET stands before the place: ALTER CONNECTOR OFFSETS OF $1 SET BEGINNING; or SET END;',
  ],
  [`ALTER CONNECTOR (?!OFFSETS OF)${N} ?\\(`, 'SET stands before the settings: ALTER CONNECTOR $1 SET (…);'],
  [
    `ALTER CONNECTOR (?!OFFSETS OF)${N} WITH`,
    'ALTER CONNECTOR $1 SET (…); changes settings, with SET in place of WITH.',
  ],
  [
    `ALTER CONNECTOR (?!OFFSETS OF)${N} (?:UNSET|DROP|REMOVE|DELETE)`,
    "ALTER CONNECTOR $1 RESET ('key'); takes a setting away, so that its default counts.",
  ],
  [
    `ALTER CONNECTOR (?!OFFSETS OF)${N} SET (?!\\()`,
    "Settings stand in parentheses: ALTER CONNECTOR $1 SET ('key'='value');",
  ],
  [
    `ALTER CONNECTOR (?!OFFSETS OF)${N} RESET (?!\\()`,
    "Settings stand in parentheses: ALTER CONNECTOR $1 RESET ('key');",
  ],
  [
    `ALTER CONNECTOR (?!OFFSETS OF)${N} ADD`,
    "What it reads is a setting, which names all of it: ALTER CONNECTOR $1 SET (tables='…'); of a sink SET (sources='…');",
  ],
  [
    `(?:ALTER CONNECTOR (?!OFFSETS OF)${N} RENAME|RENAME CONNECTOR ${N})`,
    'A connector keeps its name: SHOW CREATE CONNECTOR $1$2; has the statement that makes it under another, DROP CONNECTOR $1$2; takes this one away.',
  ],
  [
    `ALTER CONNECTOR (?!OFFSETS OF)${N} SNAPSHOT (?:TABLES? )?(?!TABLES\\b|\\()${N}`,
    'The tables stand in parentheses: ALTER CONNECTOR $1 SNAPSHOT TABLES ($2);',
  ],
  [`SNAPSHOT CONNECTOR ${N}`, 'ALTER CONNECTOR $1 SNAPSHOT TABLES (…); reads tables once more.'],
  // DROP
  [
    `DROP CONNECTOR ${N} CASCADE`,
    'DROP CONNECTOR $1 TERMINATE CASCADE; drops what was declared for it, and what reads that.',
  ],
  [`DROP CONNECTOR ${N} (?:TERMINATE|WITH|AND) TOPICS?`, 'DROP CONNECTOR $1 TERMINATE DELETE TOPICS;'],
  [`DROP CONNECTORS ${N}`, 'One is dropped at a time: DROP CONNECTOR $1;'],
  [`(?:DELETE|REMOVE|UNDEPLOY) (?:(?:SOURCE|SINK) )?CONNECTOR ${N}`, 'DROP CONNECTOR $1;'],
  [
    `(?:TERMINATE|KILL) (?:(?:SOURCE|SINK) )?CONNECTOR ${N}`,
    'STOP CONNECTOR $1; ends its tasks, DROP CONNECTOR $1 TERMINATE; takes it away with what was declared for it.',
  ],
  // States
  [`(PAUSE|RESUME|STOP|RESTART) ${WAY} CONNECTOR ${N}`, '$1 CONNECTOR $3; without $2.'],
  [
    `START (?:(?:SOURCE|SINK) )?CONNECTOR ${N}`,
    'RESUME CONNECTOR $1; has it go on, RESTART CONNECTOR $1; begins anew.',
  ],
  [`RESTART TASK (\\d+) (?:OF|FROM|IN) (?:CONNECTOR )?${N}`, 'RESTART CONNECTOR $2 TASK $1;'],
  [`RESTART CONNECTOR ${N} TASKS`, 'RESTART CONNECTOR $1; restarts all of it, RESTART CONNECTOR $1 TASK 0; one task.'],
  [`UPDATE (?:(?:SOURCE|SINK) )?CONNECTOR ${N}`, "ALTER CONNECTOR $1 SET ('key'='value');"],
  [
    `(?:TEST|CHECK|VERIFY) (?:(?:SOURCE|SINK) )?CONNECTOR ${N} WITH`,
    'VALIDATE SOURCE CONNECTOR $1 WITH (…); tries settings, of a sink VALIDATE SINK CONNECTOR $1 WITH (…);',
  ],
  [`(?:TEST|CHECK|VERIFY|STATUS) (?:(?:SOURCE|SINK) )?CONNECTOR ${N}`, 'DESCRIBE CONNECTOR $1; says how it is.'],
  // Offsets, log, dead letters
  [
    `RESET (?!CONNECTOR OFFSETS OF)(?:CONNECTOR )?OFFSETS? (?:(?:OF|FOR) )?(?:CONNECTOR )?${N}`,
    'RESET CONNECTOR OFFSETS OF $1; while it is stopped: STOP CONNECTOR $1; before it.',
  ],
  [
    `RESET CONNECTOR ${N} OFFSETS?`,
    'RESET CONNECTOR OFFSETS OF $1; while it is stopped: STOP CONNECTOR $1; before it.',
  ],
  [
    `(SHOW|LIST) OFFSETS (?:OF|FOR) (?:CONNECTOR )?${N}`,
    '$1 CONNECTOR OFFSETS OF $2; of a query, DESCRIBE … EXTENDED; has them.',
  ],
  [`(SHOW|LIST) CONNECTOR ${N} OFFSETS`, '$1 CONNECTOR OFFSETS OF $2;'],
  [
    `(SHOW|LIST) (?!LOGS OF)(?:CONNECTOR )?LOGS? (?:(?:OF|FOR|FROM) )?(?:CONNECTOR )?(?!OF\\b|FOR\\b|FROM\\b)${N}`,
    '$1 LOGS OF $2;',
  ],
  [
    `(SHOW|LIST) (?!DEAD LETTERS OF)(?:CONNECTOR )?(?:DEAD[_-]?LETTERS?|DEAD LETTERS?|DLQ|ERRORS) (?:(?:OF|FOR|FROM) )?(?:CONNECTOR )?(?!OF\\b|FOR\\b|FROM\\b)${N}`,
    '$1 DEAD LETTERS OF $2;',
  ],
  [`(SHOW|LIST) TASKS (?:OF|FOR) (?:CONNECTOR )?${N}`, 'DESCRIBE CONNECTOR $2; shows its tasks.'],
  [`(SHOW|LIST) CONNECTOR (?:CLASSES|CLASS|TYPES?|PLUGIN|KINDS?) ?(?:;|$)`, '$1 CONNECTOR PLUGINS;'],
  [`EXPLAIN CONNECTOR ${N}`, 'DESCRIBE CONNECTOR $1; EXPLAIN CREATE SOURCE CONNECTOR …; says what a CREATE would do.'],
  [`(?:DESCRIBE|DESC) PLUGIN ${N}`, 'DESCRIBE CONNECTOR PLUGIN $1;'],
];

/** A form as an expression: a space is any white space, and what ends with a name or a word ends there. */
function expressionOf(form: string): RegExp {
  const spaced = form.replaceAll(/ (?!\?)/g, '\\s+').replaceAll(' ?', '\\s*');
  const isOpen = form.endsWith('\\(') || form.endsWith('(?!\\()') || form.endsWith('$)');
  return new RegExp(`^${spaced}${isOpen ? '' : '(?![\\w.-])'}`, 'i');
}

const COMPILED = FORMS.map(([form, advice]) => [expressionOf(form), advice] as const);

/** Advice for a statement about connectors that is nearly one. */
export function connectorAdvice(stuck: Stuck): Advice | undefined {
  const start = stuck.tokens[0]?.start;
  // Errors within settings are others' business.
  if (start === undefined || stuck.at > MOST_WORDS) return undefined;
  const text = stuck.text.slice(start);
  for (const [form, advice] of COMPILED) {
    const found = form.exec(text);
    if (found === null) continue;
    const filled = advice.replaceAll(/\$(\d)/g, (_, i: string) => {
      const part = found[Number(i)] ?? '';
      // Words of the language in capitals, names as they were written.
      return /^(?:create|validate|source|sink|stopped|paused|pause|resume|stop|restart|show|list)\b/i.test(part)
        ? part.toUpperCase().replaceAll(/\s+/g, ' ')
        : part;
    });
    return adviceAt(stuck, stuck.at, filled);
  }
  return undefined;
}

/** A statement's form is wrong within its first words. */
const MOST_WORDS = 9;
