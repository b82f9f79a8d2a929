import { must } from '../../../../../base/assert.ts';
import { NamePattern } from '../../../../../base/regex/name-pattern.ts';
import { createHash } from 'node:crypto';
import { writtenText, type RawConfig } from '../../../../api/config-spec.ts';
import { primitive, type ConnectSchema } from '../../../../api/schema.ts';
import type { TableName } from '../../../database/dialect.ts';
import { fullName } from '../../../database/table-names.ts';
import type { TypeForm } from '../../debezium/column-types.ts';
import { FORM } from '../../debezium/form-keys.ts';

/** The effect of the settings `column.*` and `message.key.columns` on a table's columns. */
export interface ColumnChoice {
  has(table: TableName, column: string): boolean;
  /** The form of a column whose values are masked or truncated. */
  changed(table: TableName, column: string, form: TypeForm): TypeForm;
  /** Whether the schema contains the column's database type. */
  propagatesType(table: TableName, column: string, typeName: string): boolean;
  /** The columns of the key; undefined: those of the table. */
  key(table: TableName): readonly string[] | undefined;
}

/** Parses regular expressions, separated by commas, that must match a whole name, ignoring case. */
export function namePatterns(list: string | undefined): readonly NamePattern[] {
  // A comma that is escaped or inside braces belongs to the expression.
  const parts = (list ?? '').match(/(?:\\.|\{[^}]*\}|[^,\\])+/g) ?? [];
  return parts
    .map((p) => p.trim())
    .filter((p) => p !== '')
    .map((p) => new NamePattern(p, true));
}

const MASK = /^column\.mask\.with\.(\d+)\.chars$/;
const TRUNCATE = /^column\.truncate\.to\.(\d+)\.chars$/;
const HASH = /^column\.mask\.hash\.(v2\.)?([^.]+)\.with\.salt\.(.+)$/;
const ALGORITHMS: Readonly<Record<string, string>> = {
  MD2: '',
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-224': 'sha224',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** Whether a setting has a name that contains a value: `column.mask.with.5.chars`. */
export const isColumnRule = (key: string): boolean => MASK.test(key) || TRUNCATE.test(key) || HASH.test(key);

/** What is wrong with such a setting; undefined: nothing. */
export function columnRuleProblem(key: string): string | undefined {
  const algorithm = HASH.exec(key)?.[2];
  if (algorithm === undefined || (ALGORITHMS[algorithm] ?? '') !== '') return undefined;
  return `There is no hash ${algorithm} here: ${Object.keys(ALGORITHMS)
    .filter((a) => ALGORITHMS[a] !== '')
    .join(', ')}`;
}

interface Rule {
  readonly patterns: readonly NamePattern[];
  readonly change: (form: TypeForm) => TypeForm;
}

/** Parses the settings that include, exclude or mask columns. */
export function columnChoice(config: RawConfig): ColumnChoice {
  const include = namePatterns(writtenText(config, FORM.columnInclude));
  const exclude = namePatterns(writtenText(config, FORM.columnExclude));
  const rules = Object.entries(config).flatMap(([key, value]) => {
    const change = ruleOf(key);
    return change === undefined ? [] : [{ patterns: namePatterns(value), change } satisfies Rule];
  });
  const propagated = namePatterns(writtenText(config, FORM.propagateColumns));
  const propagatedTypes = namePatterns(writtenText(config, FORM.propagateTypes));
  const keys = writtenText(config, FORM.keyColumns)
    .split(';')
    .map((part) => /^\s*(.+):(.+)$/.exec(part))
    .filter((found) => found !== null)
    .map((found) => ({
      table: new NamePattern(must(found[1], 'group 1 of the match').trim(), true),
      columns: must(found[2], 'group 2 of the match')
        .split(',')
        .map((c) => c.trim()),
    }));
  const nameOf = (table: TableName, column: string): string => `${fullName(table)}.${column}`;
  const among = (patterns: readonly NamePattern[], name: string): boolean => patterns.some((p) => p.test(name));
  return {
    has: (table, column) => {
      const name = nameOf(table, column);
      return include.length > 0 ? among(include, name) : !among(exclude, name);
    },
    changed: (table, column, form) =>
      rules.filter((r) => among(r.patterns, nameOf(table, column))).reduce((f, rule) => rule.change(f), form),
    propagatesType: (table, column, typeName) =>
      among(propagated, nameOf(table, column)) ||
      among(propagatedTypes, typeName) ||
      among(propagatedTypes, `${table.schema ?? ''}.${table.name}.${typeName}`),
    key: (table) => keys.find((k) => k.table.test(fullName(table)))?.columns,
  };
}

/** Only texts are masked, truncated or hashed. */
function ruleOf(key: string): Rule['change'] | undefined {
  const isText = (schema: ConnectSchema): boolean => schema.type === 'STRING' && schema.name === undefined;
  const texts =
    (
      change: (value: string) => string,
      ofNull: string | undefined,
      parameters: Readonly<Record<string, string>> = { masked: 'true' },
    ): Rule['change'] =>
    (form) => {
      if (!isText(form.schema)) return form;
      const of = (value: unknown): unknown => (typeof value === 'string' ? change(value) : value);
      return {
        schema: { ...primitive('STRING'), parameters },
        parse: (text) => of(form.parse(text)),
        placeholder: of(form.placeholder),
        zero: of(form.zero),
        ofNull,
      };
    };
  const mask = MASK.exec(key);
  if (mask !== null) {
    const stars = '*'.repeat(Number(mask[1]));
    return texts(() => stars, stars);
  }
  const cut = TRUNCATE.exec(key);
  if (cut !== null) return texts((value) => value.slice(0, Number(cut[1])), undefined, { truncateLength: cut[1]! });
  const hash = HASH.exec(key);
  if (hash === null) return undefined;
  const [, v2, algorithm, salt] = hash;
  const name = ALGORITHMS[algorithm!] ?? '';
  if (name === '') return undefined;
  // Version 1 hashes Java's serialization of the string, version 2 its text.
  return texts((value) => {
    const hashed = createHash(name).update(salt!);
    hashed.update(v2 === undefined ? javaString(value) : Buffer.from(value));
    return hashed.digest('hex');
  }, undefined);
}

/** Serializes a string like java.io.ObjectOutputStream: header, type, length, modified UTF-8. */
function javaString(text: string): Buffer {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c > 0 && c < 0x80) bytes.push(c);
    else if (c < 0x800) bytes.push(0xc0 | (c >> 6), 0x80 | (c & 0x3f));
    else bytes.push(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 0x3f), 0x80 | (c & 0x3f));
  }
  const isLong = bytes.length > 0xffff;
  const head = Buffer.from([0xac, 0xed, 0x00, 0x05, isLong ? 0x7c : 0x74]);
  const length = Buffer.alloc(isLong ? 8 : 2);
  if (isLong) length.writeBigUInt64BE(BigInt(bytes.length));
  else length.writeUInt16BE(bytes.length);
  return Buffer.concat([head, length, Buffer.from(bytes)]);
}
