import { ADDRESSES, FIRST_NAMES, LAST_NAMES } from './people.ts';
import { counted, fraction, matching, record, text, whole, type Quickstart } from './schema-words.ts';

/** Offers of an insurer, its customers, and their activity. */
export const INSURANCE: Readonly<Record<string, Quickstart>> = {
  insurance_offers: {
    keyField: 'offer_id',
    schema: record('insurance_offers', {
      offer_id: counted(1),
      offer_name: text(
        'new_customer',
        'bundle_discount',
        'safe_driver',
        'home_and_auto',
        'paid_in_full',
        'welcome_back',
      ),
      offer_url: matching('https://offers[.]example[.]com/[a-z]{6}[0-9]{2}'),
    }),
  },
  insurance_customers: {
    keyField: 'customer_id',
    schema: record('insurance_customers', {
      customer_id: counted(1),
      first_name: text(...FIRST_NAMES),
      last_name: text(...LAST_NAMES),
      email: matching('[a-z]{4,8}@example[.]com'),
      gender: text('Male', 'Female'),
      income: whole(10_000, 500_000),
      fico: whole(400, 850),
      years_active: whole(1, 60),
    }),
  },
  insurance_customer_activity: {
    keyField: 'activity_id',
    schema: record('insurance_customer_activity', {
      activity_id: counted(1),
      customer_id: whole(1, 1000),
      activity_type: text('web_open', 'mobile_open', 'new_account'),
      propensity_to_churn: fraction(0.01, 1),
      ip_address: text(...ADDRESSES),
    }),
  },
};
