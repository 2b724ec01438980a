import {describe, expect, it} from '@jest/globals'

import {errorText} from '../../../src/cli/error-text.js'
import {explainText} from '../../../src/cli/explain-text.js'
import {lookOf} from '../../../src/cli/look.js'
import {VicnfsError} from '../../../src/model/vicnfs-error.js'
import {explainError} from '../../../src/services/explain.js'
import {runCli} from '../../helpers/cli.js'

const LOOK = lookOf({columns: 70}, {environment: {LANG: 'C.UTF-8'}})

describe('an explanation', () => {
  it('says what it is, why, what to do and the exit code, in lines that fit', () => {
    const lines = explainText(explainError('VN-SELF-HOSTED'), LOOK).split('\n')
    expect(lines[0]).toMatch(/^VN-SELF-HOSTED: The server container would run/)
    expect(lines.filter((line) => /^ {2}(?:why|what to do|exit code) /.test(line))).toHaveLength(3)
    expect(lines.slice(1).every((line) => line.length <= 70)).toBe(true)
    expect(lines.at(-2)).toMatch(/^ {2}exit code {2}3: A safety rule/)
  })

  it('is a list by place without a code', () => {
    const text = explainText(explainError(undefined), LOOK)
    expect(text).toMatch(/^What was typed or set\n {2}VN-USAGE +2 {2}The command line/)
    expect(text).toMatch(/\nNFS\n {2}VN-NFS-PORT-IN-URL +2 {2}/)
    expect(text).toMatch(/More about one: vicnfs explain CODE$/)
  })

  it('is a command, with suggestions and exit code 2 for what it does not know', async () => {
    expect((await runCli(['explain', 'half-done'])).stdout).toMatch(/^VN-HALF-DONE: The VCH is half-way/)
    const {json} = await runCli(['explain', 'vn-in-use', '--json'])
    expect(json).toMatchObject({ok: true, result: {error: {code: 'VN-IN-USE', exitCode: 3}}})
    const unknown = await runCli(['explain', 'VN-HALF-DOEN'])
    expect(unknown).toMatchObject({exitCode: 2, stdout: ''})
    expect(unknown.stderr).toContain('try: vicnfs explain VN-HALF-DONE')
  })
})

describe('the text of an error', () => {
  const text = (context: ConstructorParameters<typeof VicnfsError>[2]): string =>
    errorText(new VicnfsError('VN-IN-USE', 'It is used.', context), {look: LOOK, verbose: false})

  it('points to its explanation where it names nothing to do itself', () => {
    expect(text({})).toMatch(/\n {2}more: vicnfs explain VN-IN-USE$/)
    expect(text({tries: ['docker rm x']})).not.toContain('more:')
    expect(text({recovery: ['Do this.']})).not.toContain('more:')
  })
})
