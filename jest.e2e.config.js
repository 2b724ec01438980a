import {reachedCodes, shared} from './jest.config.js'

export default {
  ...shared,
  globalSetup: '<rootDir>/test/helpers/preparation/set-up.js',
  testSequencer: '<rootDir>/test/helpers/preparation/chosen-files.js',
  reporters: ['default', reachedCodes('elsewhere')],
  testMatch: ['<rootDir>/test/{e2e,endurance}/**/*.test.ts'],
  // Of a hang: programs that tests run have shorter limits, and tests wait for what they are about.
  testTimeout: 600_000,
}
