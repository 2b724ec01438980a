import {describe, expect, it} from '@jest/globals'
import path from 'node:path'

import {needPackages} from '../helpers/debian-packages.js'
import {PACKAGES} from '../helpers/packages.js'
import {canTestOnDebian} from './not-tested.js'
import {runProgram} from './run-program.js'
import {PROJECT_ROOT, SYSTEM_PATH} from './workplace.js'

const describeOnDebian = canTestOnDebian('the scripts of the server image') ? describe : describe.skip

const check = (args: readonly string[], stdin = '') =>
  runProgram('shellcheck', args, {env: {PATH: SYSTEM_PATH}, cwd: path.resolve(PROJECT_ROOT), stdin})

describeOnDebian('the scripts of the server image', () => {
  it('are what shellcheck has nothing to say about', async () => {
    await needPackages(PACKAGES.shellScripts)
    expect(await check(['-x', 'image/rc.local'])).toEqual({exitCode: 0, stdout: '', stderr: ''})
    // Control: it does look.
    expect(await check(['-s', 'bash', '-'], 'cat $1')).toMatchObject({exitCode: 1})
  })
})
