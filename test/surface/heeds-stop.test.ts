import {describe, expect, it} from '@jest/globals'
import {Linter} from 'eslint'
import tseslint from 'typescript-eslint'

import {heedsStop} from '../../scripts/eslint-heeds-stop.js'

/** How often the rule speaks about a piece of code. */
function complaints(code: string): number {
  const config = {
    files: ['**/*.ts'],
    languageOptions: {parser: tseslint.parser},
    plugins: {vicnfs: {rules: {'heeds-stop': heedsStop}}},
    rules: {'vicnfs/heeds-stop': 'error'},
  }
  return new Linter().verify(code, [config as never], 'x.ts').length
}

describe('the rule that a look which was broken off is no look that found nothing', () => {
  it.each([
    'const a = await look().catch(() => [])',
    'const f = async () => look().catch(function () { return undefined })',
    'async function f() { try { return await look() } catch { return [] } }',
    'async function f() { try { for await (const a of look()) use(a) } catch { use() } }',
  ])('speaks of %s', (code) => {
    expect(complaints(code)).toBe(1)
  })

  it.each([
    'const a = await orElse(look(), [], {signal})',
    'const a = await look().catch((error) => { if (signal.aborted) throw error; return [] })',
    'const a = await look().catch(() => { signal.throwIfAborted(); return [] })',
    'taken.catch(() => undefined)',
    'async function f() { try { return await look() } catch { signal.throwIfAborted(); return [] } }',
    'async function f() { try { return await look() } catch (error) { throw new Error(error) } }',
    'async function f() { try { return parse() } catch { return [] } }',
    'async function f() { try { return parse(async () => await look()) } catch { return [] } }',
  ])('has nothing to say about %s', (code) => {
    expect(complaints(code)).toBe(0)
  })
})
