import {availableParallelism} from 'node:os'

// ESM mode on the TypeScript sources; child processes of the sandbox run from dist, which `npm test` brings up to date first.
const shared = {
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {'^(\\.{1,2}/.*)\\.js$': '$1'},
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {jsc: {parser: {syntax: 'typescript'}, target: 'es2022'}, module: {type: 'es6'}, sourceMaps: 'inline'},
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  setupFiles: ['<rootDir>/test/helpers/setup.ts'],
  testTimeout: 60_000,
  // Most of a test's time goes into waiting for processes that it starts: more workers than cores keep the cores busy.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
}

export default {
  ...shared,
  testMatch: ['<rootDir>/test/{unit,integration,surface}/**/*.test.ts'],
}

export {shared}
