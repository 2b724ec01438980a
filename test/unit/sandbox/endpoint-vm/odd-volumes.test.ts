import {expect, it} from '@jest/globals'
import {mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'

import {nfsStore, online, reconfigure, server, start, vch} from './endpoint-bench.js'

const list = () => vch.request('GET', '/volumes')
const names = async (): Promise<string[]> => ((await list()).json().Volumes as {Name: string}[]).map(({Name}) => Name)

it('hides the volumes of a store, or fails the whole list, as the entries of its folders have it', async () => {
  await start()
  const {address} = await server()
  const reboot = async (): Promise<void> => {
    await reconfigure(nfsStore(address))
    await vch.untilUp()
    expect(await online()).toEqual(['default', 'nfs-store'])
  }
  await reboot()
  const body = {Name: 'shared', Driver: 'vsphere', DriverOpts: {VolumeStore: 'nfs-store'}}
  expect((await vch.request('POST', '/volumes/create', body)).status).toBe(201)
  const disk = (...parts: string[]) => path.join(vch.store.volumeDirectory('disk'), ...parts)

  // A folder whose metadata was never written, and a file that is no volume at all.
  mkdirSync(disk('volumes', 'half'))
  await reboot()
  expect(await names()).toEqual(['disk'])
  renameSync(disk('volumes', 'half'), disk('half'))
  writeFileSync(disk('volumes', 'notes.txt'), 'hello')
  await reboot()
  expect(await names()).toEqual(['disk'])
  rmSync(disk('volumes', 'notes.txt'))

  // A folder among the files of the metadata cannot be read.
  mkdirSync(disk('volumes_metadata', 'shared', 'folder'))
  await reboot()
  expect(await names()).toEqual(['disk'])
  rmSync(disk('volumes_metadata', 'shared', 'folder'), {recursive: true})

  // Metadata that is read, but makes no sense, is worse: no volume of any store is listed.
  for (const [content, says] of [
    ['', /JSON/],
    ['[]', /cannot unmarshal array/],
    [undefined, /DockerMetaData missing/],
  ] as const) {
    mkdirSync(disk('volumes', 'empty'), {recursive: true})
    mkdirSync(disk('volumes_metadata', 'empty'), {recursive: true})
    rmSync(disk('volumes_metadata', 'empty', 'DockerMetaData'), {force: true})
    if (content !== undefined) writeFileSync(disk('volumes_metadata', 'empty', 'DockerMetaData'), content)
    await reboot()
    const listed = await list()
    expect(listed.status).toBe(500)
    expect(listed.json().message).toMatch(says)
    expect((await vch.request('GET', '/volumes/empty')).status).toBe(500)
    expect((await vch.request('GET', '/volumes/shared')).status).toBe(200)
  }

  // The control: without it everything is there again; metadata without a volume harms nobody.
  rmSync(disk('volumes', 'empty'), {recursive: true})
  await reboot()
  expect((await names()).sort()).toEqual(['disk', 'shared'])
})
