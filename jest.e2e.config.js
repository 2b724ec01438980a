import {shared} from './jest.config.js'

export default {...shared, testMatch: ['<rootDir>/test/{e2e,endurance}/**/*.test.ts'], testTimeout: 300_000}
