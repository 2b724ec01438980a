import {availableParallelism} from 'node:os'

// ESM mode on the TypeScript sources; child processes of the sandbox run from dist, which `npm test` brings up to date first.
const shared = {
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {'^(\\.{1,2}/.*)\\.js$': '$1'},
  transform: {
    '^.+\\.ts$': [
      '<rootDir>/test/helpers/reached-codes/transform.js',
      {jsc: {parser: {syntax: 'typescript'}, target: 'es2022'}, module: {type: 'es6'}, sourceMaps: 'inline'},
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  setupFiles: ['<rootDir>/test/helpers/setup.ts', '<rootDir>/test/helpers/reached-codes/setup.ts'],
  globalSetup: '<rootDir>/test/helpers/reached-codes/begin.js',
  testSequencer: '<rootDir>/test/helpers/longest-first.js',
  // For what hangs: a busy machine takes many times as long as an idle one.
  testTimeout: 300_000,
  // Most of a test's time goes into waiting for processes that it starts: more workers than cores keep the cores busy.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
}

/** After a run of all tests: whether they, or those of the other configuration, reach every code of the error table. */
const reachedCodes = (suite) => ['<rootDir>/test/helpers/reached-codes/reporter.js', {suite}]

export default {
  ...shared,
  reporters: ['default', reachedCodes('all')],
  testMatch: ['<rootDir>/test/{unit,integration,surface}/**/*.test.ts'],
}

export {reachedCodes, shared}
