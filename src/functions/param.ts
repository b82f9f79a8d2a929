import type { Param, ParamType } from './api.ts';

/** Short forms of parameter types, so that a signature fits on one line. */

export const param = (name: string, type: ParamType, doc?: string): Param =>
  doc === undefined ? { name, type } : { name, type, doc };

export const generic = (name: string): ParamType => ({ kind: 'GENERIC', name });
export const arrayOf = (element: ParamType): ParamType => ({ kind: 'ARRAY_OF', element });
export const mapOf = (key: ParamType, value: ParamType): ParamType => ({ kind: 'MAP_OF', key, value });
export const lambda = (params: readonly ParamType[], returns: ParamType): ParamType => ({
  kind: 'LAMBDA',
  params,
  returns,
});

export const ANY: ParamType = { kind: 'ANY' };
export const ANY_DECIMAL: ParamType = { kind: 'ANY_DECIMAL' };
export const INTERVAL_UNIT: ParamType = { kind: 'INTERVAL_UNIT' };
export const T: ParamType = generic('T');
