/**
 * Commands of psql, mysql and SQLite that the console does not have, each with what does the same in Sluice. NAME
 * stands for the command's first argument.
 */
const ADVICE: Readonly<Record<string, string>> = {
  '\\l': 'There is one database: \\d lists its streams and tables, \\dc its connectors.',
  '\\list': 'There is one database: \\d lists its streams and tables, \\dc its connectors.',
  '\\dn': 'There is one schema: \\d lists its streams and tables.',
  '\\du': 'Users are lines of the file that authentication.realm names, not in the database.',
  '\\dg': 'Users are lines of the file that authentication.realm names, not in the database.',
  '\\dp': 'Rights come with the roles of users: authentication.role.NAME says what a role may do.',
  '\\z': 'Rights come with the roles of users: authentication.role.NAME says what a role may do.',
  '\\di': 'There are no indexes: \\d NAME shows the key.',
  '\\dv': 'There are no views: \\dt lists tables, \\ds streams, \\dq the queries that keep them.',
  '\\dm': 'There are no views: \\dt lists tables, \\ds streams, \\dq the queries that keep them.',
  '\\df+': '\\df NAME shows a function.',
  '\\dx': 'SHOW CONNECTOR PLUGINS; lists what can be connected.',
  '\\sf': '\\df NAME shows a function.',
  '\\sv': '\\d+ NAME shows how a stream or table was made.',
  '\\copy':
    "CREATE SOURCE CONNECTOR … WITH ('connector.class'='FileStreamSource', file='…', topic='…'); reads a file, line by line; INSERT INTO … VALUES (…); writes a row; output csv and \\o file write what a SELECT gives.",
  '\\g': 'A statement ends with a semicolon.',
  '\\gx': '\\x on shows rows as records.',
  '\\r': 'Ctrl-C empties what is typed.',
  '\\s': 'history lists what was typed.',
  '\\p': 'history lists what was typed, \\e edits the last statement.',
  '\\w': '\\o file writes results to a file; history lists what was typed.',
  '\\!': 'There is no shell here: Ctrl-Z or another window has one.',
  '\\cd': '\\i and \\o take whole paths.',
  '\\echo': 'A comment is written -- like this.',
  '\\set':
    "DEFINE name = '…'; makes a variable, ${name} reads it. SET 'auto.offset.reset'='earliest'; makes a setting.",
  '\\unset': "UNDEFINE name; takes a variable away, UNSET 'auto.offset.reset'; a setting.",
  '\\prompt': "DEFINE name = '…'; makes a variable.",
  '\\a': 'output takes table, json, csv, markdown and vertical.',
  '\\t': 'output csv and output json have no frames.',
  '\\encoding': 'Text is UTF-8.',
  '\\password': 'sluice password, in a shell, makes the hash of a password for the file of authentication.realm.',
  '\\ir': '\\i file runs a script.',
  '\\.': '\\i file runs a script.',
  '\\u': 'There is one database, so nothing is to be chosen.',
  '\\use': 'There is one database, so nothing is to be chosen.',
  '\\status': 'status shows the versions, \\conninfo the server.',
  '\\tee': '\\o file writes results to a file.',
  '\\once': '\\o file writes results to a file, \\o shows them again.',
  '.import':
    "CREATE SOURCE CONNECTOR … WITH ('connector.class'='FileStreamSource', file='…', topic='…'); reads a file, line by line; INSERT INTO … VALUES (…); writes a row.",
  '.dump': 'DESCRIBE name EXTENDED; shows the statement that made it.',
  '.databases': 'There is one database: \\d lists its streams and tables.',
  '.database': 'There is one database: \\d lists its streams and tables.',
  '.indexes': 'There are no indexes: \\d NAME shows the key.',
  '.indices': 'There are no indexes: \\d NAME shows the key.',
  '.fullschema': '\\d lists streams and tables, \\d+ NAME shows one in full.',
  '.headers': 'output takes table, json, csv, markdown and vertical; each has its names.',
  '.header': 'output takes table, json, csv, markdown and vertical; each has its names.',
  '.separator': 'output csv separates by commas.',
  '.nullvalue': "\\pset null 'NAME' sets what NULL looks like.",
  '.width': 'Columns are as wide as their values; \\x on shows rows as records.',
  '.once': '\\o file writes results to a file, \\o shows them again.',
  '.save': 'The data are in the folder data.dir of the server: once it has stopped, a copy of that holds all.',
  '.backup': 'The data are in the folder data.dir of the server: once it has stopped, a copy of that holds all.',
  '.show': 'SHOW PROPERTIES; lists the settings.',
  '.shell': 'There is no shell here: Ctrl-Z or another window has one.',
  '.system': 'There is no shell here: Ctrl-Z or another window has one.',
  '.stats': '\\d+ NAME shows the figures of a stream or table.',
};

/** What does the same in Sluice as a command of another console; undefined for an unknown command. */
export function foreignCommand(name: string, argument: string): string | undefined {
  const advice = Object.hasOwn(ADVICE, name) ? ADVICE[name] : undefined;
  const first = argument.split(/\s+/)[0] ?? '';
  return advice?.replaceAll('NAME', () => (first === '' ? 'name' : first));
}
