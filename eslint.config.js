import jest from 'eslint-plugin-jest'
import tseslint from 'typescript-eslint'

import {boundaries} from './scripts/eslint-boundaries.js'
import {heedsStop} from './scripts/eslint-heeds-stop.js'

export default tseslint.config(
  {ignores: ['dist/', 'dist.*/', 'coverage/', 'node_modules/']},
  {linterOptions: {reportUnusedDisableDirectives: 'error'}},
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {parserOptions: {project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname}},
    plugins: {vicnfs: {rules: {boundaries, 'heeds-stop': heedsStop}}},
    rules: {
      'vicnfs/boundaries': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true}],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        {ignoreArrowShorthand: true, ignoreVoidOperator: true},
      ],
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/no-unnecessary-condition': ['error', {allowConstantLoopConditions: true}],
      // Interfaces are asynchronous also where one of their implementations need not wait.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['src/**/*.ts', 'commands/**/*.ts'],
    rules: {
      'max-lines': ['error', {max: 250, skipBlankLines: true, skipComments: true}],
      'max-lines-per-function': ['error', {max: 40, skipBlankLines: true, skipComments: true}],
      'no-console': 'error',
    },
  },
  {
    // The doctor only looks, and asks at the end whether it was told to stop.
    files: ['src/services/**/*.ts', 'src/cli/**/*.ts', 'commands/**/*.ts'],
    ignores: ['src/services/doctor/**'],
    rules: {'vicnfs/heeds-stop': 'error'},
  },
  {
    files: ['commands/**/*.ts'],
    rules: {'max-lines': ['error', {max: 120}]},
  },
  {
    files: ['test/**/*.ts'],
    extends: [jest.configs['flat/recommended']],
    rules: {
      // What a JSON document or a mock holds is what the test is about to find out.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      'jest/expect-expect': ['error', {assertFunctionNames: ['expect', 'expect*', 'fc.assert']}],
      'jest/no-standalone-expect': 'off',
      'jest/no-conditional-expect': 'off',
    },
  },
  {
    // One suite, which each of its servers has a test file for; one kind of table, which each set of commands has one for.
    files: ['test/helpers/nfs-suite/*.ts', 'test/helpers/share-table.ts'],
    rules: {'jest/no-export': 'off', 'jest/valid-title': ['error', {ignoreTypeOfDescribeName: true}]},
  },
  {
    files: ['**/*.js'],
    extends: [tseslint.configs.strict],
  },
  {
    rules: {
      eqeqeq: 'error',
      'no-constant-binary-expression': 'error',
      'no-control-regex': 'error',
      'no-empty': 'error',
      'no-useless-escape': 'error',
      '@typescript-eslint/no-unused-vars': ['error', {argsIgnorePattern: '^_', varsIgnorePattern: '^_'}],
    },
  },
)
