import { CLICKSTREAM } from './quickstarts/clickstream.ts';
import { COMMERCE } from './quickstarts/commerce.ts';
import { FINANCE } from './quickstarts/finance.ts';
import { FLEET } from './quickstarts/fleet.ts';
import { GAMING } from './quickstarts/gaming.ts';
import { INSURANCE } from './quickstarts/insurance.ts';
import { PAYROLL } from './quickstarts/payroll.ts';
import { PIZZA } from './quickstarts/pizza.ts';
import type { Quickstart } from './quickstarts/schema-words.ts';
import { SECURITY } from './quickstarts/security.ts';
import { SHOES } from './quickstarts/shoes.ts';
import { USERS } from './quickstarts/users.ts';

/** All example data by name; each family is in its own file. */
export const QUICKSTARTS: Readonly<Record<string, Quickstart>> = {
  ...USERS,
  ...COMMERCE,
  ...CLICKSTREAM,
  ...FINANCE,
  ...PIZZA,
  ...FLEET,
  ...SHOES,
  ...GAMING,
  ...INSURANCE,
  ...PAYROLL,
  ...SECURITY,
};

export const QUICKSTART_NAMES: readonly string[] = Object.keys(QUICKSTARTS);
