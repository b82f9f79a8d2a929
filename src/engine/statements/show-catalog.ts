import { SluiceError } from '../../base/errors.ts';
import { didYouMean } from '../../base/suggest.ts';
import { maskSettings } from '../../base/secrets/mask.ts';
import type { FunctionDefinition } from '../../functions/api.ts';
import { formatParamType } from '../../functions/param-type.ts';
import { CONFIG_KEYS } from '../../config/keys.ts';
import type { PropertyValue, ResultBody } from '../results.ts';
import type { Services } from '../services.ts';
import type { Session } from '../session.ts';

/** SHOW PROPERTIES: the table of keys with their current values; secrets are masked. */
export function listProperties(services: Services, session: Session): ResultBody {
  const config = session.config(services.config);
  const types = new Map(CONFIG_KEYS.map((key) => [key.name, key.type]));
  const given = CONFIG_KEYS.flatMap((key) => {
    const value = config.text(key);
    return value === undefined ? [] : [[key.name, value] as const];
  });
  const shown = maskSettings(Object.fromEntries(given), (name) => types.get(name));
  const properties: PropertyValue[] = CONFIG_KEYS.map((key) => ({
    name: key.name,
    scope: 'KSQL',
    value: shown[key.name] ?? null,
    editable: key.level === 'QUERY',
    level: key.level,
  }));
  return {
    kind: 'properties',
    properties,
    overwritten: CONFIG_KEYS.filter((key) => config.isSet(key)).map((key) => key.name),
    defaults: CONFIG_KEYS.filter((key) => !config.isSet(key)).map((key) => key.name),
  };
}

/** SHOW FUNCTIONS, by name; synonyms have their own lines. */
export function listFunctions(services: Services): ResultBody {
  const functions = [...services.functions.all()]
    .flatMap((f) =>
      [f.name, ...(f.synonyms ?? [])].map((name) => ({ name, type: f.kind, category: f.category, summary: f.doc })),
    )
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { kind: 'function_names', functions };
}

/** DESCRIBE FUNCTION name. @throws SluiceError STATEMENT for an unknown one */
export function describeFunction(name: string, services: Services): ResultBody {
  const found = services.functions.find(name);
  if (!found) {
    const names = [...services.functions.all()].map((f) => f.name);
    throw new SluiceError('STATEMENT', `Can't find any functions with the name '${name}'`, {
      hint: didYouMean(name.toUpperCase(), names) ?? 'SHOW FUNCTIONS; lists what there is.',
    });
  }
  return {
    kind: 'describe_function',
    description: {
      name: found.name,
      description: found.doc,
      author: found.author ?? 'Sluice',
      version: found.version ?? '',
      path: found.path ?? '(internal)',
      type: found.kind,
      signatures: signatures(found),
    },
  };
}

function signatures(
  definition: FunctionDefinition,
): Extract<ResultBody, { kind: 'describe_function' }>['description']['signatures'] {
  return definition.signatures.map((signature) => ({
    arguments: signature.params.map((param, i) => ({
      name: param.name,
      type: formatParamType(param.type),
      description: param.doc ?? '',
      isVariadic: signature.variadic === i,
    })),
    returnType:
      typeof signature.returns === 'function' ? 'computed from the arguments' : formatParamType(signature.returns),
    description: signature.doc ?? definition.doc,
  }));
}

/** SHOW TYPES: the registered custom types. */
export function listTypes(services: Services): ResultBody {
  return {
    kind: 'type_list',
    types: Object.fromEntries([...services.catalog.current.types].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** SHOW VARIABLES of the session. */
export function listVariables(session: Session): ResultBody {
  const shown = maskSettings(Object.fromEntries(session.variables));
  return { kind: 'variables', variables: Object.entries(shown).map(([name, value]) => ({ name, value })) };
}
