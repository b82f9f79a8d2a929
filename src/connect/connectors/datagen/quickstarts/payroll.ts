import { FIRST_NAMES, LAST_NAMES } from './people.ts';
import { counted, date, instant, matching, record, text, whole, type Quickstart } from './schema-words.ts';

const employee_id = counted(1000);

/** Employees, where they work, and their pay. */
export const PAYROLL: Readonly<Record<string, Quickstart>> = {
  payroll_employee: {
    keyField: 'employee_id',
    schema: record('payroll_employee', {
      employee_id,
      first_name: text(...FIRST_NAMES),
      last_name: text(...LAST_NAMES),
      age: whole(30, 50),
      ssn: matching('[0-9]{3}-[0-9]{2}-[0-9]{4}'),
      hourly_rate: whole(8, 25),
      gender: text('male', 'female'),
      email: matching('[a-z]{4}@mycompany[.]com'),
    }),
  },
  payroll_employee_location: {
    keyField: 'employee_id',
    schema: record('payroll_employee_location', {
      employee_id,
      lab: matching('lab-[0-9]'),
      department_id: whole(1, 10),
      timestamp: date,
    }),
  },
  payroll_bonus: {
    keyField: 'employee_id',
    schema: record('payroll_bonus', { employee_id, bonus: whole(10, 50), ts: instant }),
  },
};
