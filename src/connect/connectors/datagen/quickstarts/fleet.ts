import { FULL_NAMES } from './people.ts';
import { fraction, instant, matching, record, text, whole, type Quickstart } from './schema-words.ts';

const vehicle_id = whole(1000, 9999);

/** Vehicles: their drivers, positions and sensor readings. */
export const FLEET: Readonly<Record<string, Quickstart>> = {
  fleet_mgmt_description: {
    keyField: 'vehicle_id',
    schema: record('fleet_mgmt_description', {
      vehicle_id,
      driver_name: text(...FULL_NAMES),
      license_plate: matching('[A-Z]{2}[0-9]{6}[A-Z]'),
    }),
  },
  fleet_mgmt_location: {
    keyField: 'vehicle_id',
    schema: record('fleet_mgmt_location', {
      vehicle_id,
      location: record('location', { latitude: fraction(-50, 70), longitude: fraction(-175, 175) }),
      ts: instant,
    }),
  },
  fleet_mgmt_sensors: {
    keyField: 'vehicle_id',
    schema: record('fleet_mgmt_sensors', {
      vehicle_id,
      engine_temperature: whole(150, 250),
      average_rpm: whole(1800, 5000),
    }),
  },
};
