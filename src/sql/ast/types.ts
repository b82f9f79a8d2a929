import { SluiceError } from '../../base/errors.ts';
import type { Node } from './node.ts';

/**
 * Type syntax. The kinds and fields are those of `types/sql-type.ts` (this room may not import it): a tree without a
 * `TypeReference` is structurally a SqlType with spans. `resolveType` makes the clean one and asks for the names of
 * custom types. Synonyms are resolved by the parser: INT is INTEGER, VARCHAR and VARCHAR(STRING) are STRING.
 */
export type TypeSyntax =
  | PrimitiveTypeSyntax
  | DecimalTypeSyntax
  | ArrayTypeSyntax
  | MapTypeSyntax
  | StructTypeSyntax
  | TypeReference;

export type PrimitiveTypeName =
  | 'BOOLEAN'
  | 'INTEGER'
  | 'BIGINT'
  | 'DOUBLE'
  | 'STRING'
  | 'BYTES'
  | 'DATE'
  | 'TIME'
  | 'TIMESTAMP';

interface PrimitiveOf<K extends PrimitiveTypeName> extends Node {
  readonly kind: K;
  /** `VARCHAR(40)`: as written with a length or precision, which the language takes and gives no meaning. */
  readonly sized?: string;
}
export type PrimitiveTypeSyntax = { [K in PrimitiveTypeName]: PrimitiveOf<K> }[PrimitiveTypeName];
export interface DecimalTypeSyntax extends Node {
  readonly kind: 'DECIMAL';
  readonly precision: number;
  readonly scale: number;
}
export interface ArrayTypeSyntax extends Node {
  readonly kind: 'ARRAY';
  readonly element: TypeSyntax;
}
export interface MapTypeSyntax extends Node {
  readonly kind: 'MAP';
  readonly key: TypeSyntax;
  readonly value: TypeSyntax;
}
export interface StructTypeSyntax extends Node {
  readonly kind: 'STRUCT';
  readonly fields: readonly StructFieldSyntax[];
}
export interface StructFieldSyntax extends Node {
  readonly kind: 'StructField';
  readonly name: string;
  readonly type: TypeSyntax;
}
/** The name of a custom type (CREATE TYPE); the binder looks it up. */
export interface TypeReference extends Node {
  readonly kind: 'TypeReference';
  readonly name: string;
}

/** A type without spans and names to look up; assignable to and from SqlType. */
export type PlainType =
  | { readonly kind: PrimitiveTypeName }
  | { readonly kind: 'DECIMAL'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'ARRAY'; readonly element: PlainType }
  | { readonly kind: 'MAP'; readonly key: PlainType; readonly value: PlainType }
  | { readonly kind: 'STRUCT'; readonly fields: readonly { readonly name: string; readonly type: PlainType }[] };

/** Resolves type syntax to a plain SQL type; `lookup` answers the names of custom types, or throws. */
export function resolveType(type: TypeSyntax, lookup: (reference: TypeReference) => PlainType): PlainType {
  switch (type.kind) {
    case 'TypeReference':
      return lookup(type);
    case 'DECIMAL':
      return { kind: 'DECIMAL', precision: type.precision, scale: type.scale };
    case 'ARRAY':
      return { kind: 'ARRAY', element: resolveType(type.element, lookup) };
    case 'MAP':
      return { kind: 'MAP', key: resolveType(type.key, lookup), value: resolveType(type.value, lookup) };
    case 'STRUCT':
      checkFieldNames(type);
      return { kind: 'STRUCT', fields: type.fields.map((f) => ({ name: f.name, type: resolveType(f.type, lookup) })) };
    default:
      return { kind: type.kind };
  }
}

/** Of two fields of one name a value could hold one alone. @throws SluiceError STATEMENT */
function checkFieldNames({ fields }: StructTypeSyntax): void {
  const seen = new Set<string>();
  for (const { name, span } of fields) {
    if (seen.has(name))
      throw new SluiceError('STATEMENT', `Duplicate field names found in STRUCT: '${name}'`, {
        span,
        hint: 'Give one of them another name. Without back-quotes case does not count.',
      });
    seen.add(name);
  }
}
