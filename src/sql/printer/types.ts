import type { TypeSyntax } from '../ast/types.ts';
import { formatName, quoteName } from './names.ts';

/** `DECIMAL(4, 2)`, `STRUCT<A INTEGER, B ARRAY<STRING>>`: names are back-quoted only when necessary. */
export function formatTypeSyntax(type: TypeSyntax): string {
  switch (type.kind) {
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'ARRAY':
      return `ARRAY<${formatTypeSyntax(type.element)}>`;
    case 'MAP':
      return `MAP<${formatTypeSyntax(type.key)}, ${formatTypeSyntax(type.value)}>`;
    case 'STRUCT':
      return type.fields.length === 0
        ? 'STRUCT< >'
        : `STRUCT<${type.fields.map((f) => `${formatName(f.name)} ${formatTypeSyntax(f.type)}`).join(', ')}>`;
    case 'TypeReference':
      return /^(ARRAY|MAP|STRUCT)$/.test(type.name) ? quoteName(type.name) : formatName(type.name);
    default:
      return type.kind;
  }
}
