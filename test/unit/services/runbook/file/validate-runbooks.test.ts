import {writeFile} from 'node:fs/promises'
import path from 'node:path'
import {beforeAll, describe, expect, it} from '@jest/globals'

import {validateRunbooks} from '../../../../../src/services/runbook/file/validate-runbooks.js'
import {makeTempDirectory} from '../../../../helpers/temp-directory.js'

const TEXT = `version: 1
vchs:
  storage: {docker: "\${STORAGE}"}
  web:
    docker: "\${WEB}"
    vic-machine: {path: vic-machine-linux, target: "\${TARGET}", user: admin, vch-id: vm-1}
shares:
  one: {vch: storage, uid: "\${OWNER}", store: {label: one, vch: web}}
`

let folder: string
const fileOf = async (name: string, text: string): Promise<string> => {
  const file = path.join(folder, name)
  await writeFile(file, text)
  return file
}
const problemsOf = async (files: string[], ignoreUnset: boolean): Promise<unknown> =>
  validateRunbooks(files, {environment: {}, ignoreUnset}).then(
    () => [],
    (error: unknown) => (error as {details: {problems: {path: string}[]}}).details.problems.map((each) => each.path),
  )

beforeAll(async () => {
  folder = await makeTempDirectory()
})

describe('variables without a value', () => {
  it('are mistakes, unless they are to be ignored: then the runbook is counted, and they are named', async () => {
    const file = await fileOf('unset.yaml', TEXT)
    expect(await problemsOf([file], false)).toHaveLength(4)
    const {runbooks} = await validateRunbooks([file], {environment: {}, ignoreUnset: true})
    expect(runbooks).toMatchObject([{vchs: 2, shares: 1, stores: 1, steps: 0, configures: 1}])
    expect(runbooks[0]?.notes).toEqual(['Not set here, so not checked: OWNER, STORAGE, TARGET, WEB.'])
  })

  it('hide no other mistake', async () => {
    const wrong = await fileOf('wrong.yaml', TEXT.replace('vch: web}', 'vch: wbe}'))
    expect(await problemsOf([wrong], true)).toEqual(['shares.one.store.vch'])
    const odd = await fileOf('odd.yaml', TEXT.replace('${OWNER}', '${not a name}'))
    expect(await problemsOf([odd], true)).toEqual(['shares.one.uid'])
  })
})
