import {reachedCodes, shared} from './jest.config.js'

export default {
  ...shared,
  reporters: ['default', reachedCodes('elsewhere')],
  testMatch: ['<rootDir>/test/{e2e,endurance}/**/*.test.ts'],
  testTimeout: 900_000,
}
