import {writeFileSync} from 'node:fs'
import path from 'node:path'
import {childEntry} from '../child-entry.js'
import type {ShareCheckSettings} from '../share-check/settings.js'
import type {ContainerRecord} from '../state/sandbox-state.js'
import {networkOf} from './addresses.js'
import {readRequest} from './create-request.js'
import type {HostContext} from './host-context.js'
import {isServerImage} from './image-catalogue.js'
import {readImageSettings} from './image-settings.js'

const PROGRAM = /^(?:\/usr\/local\/bin\/)?share-check$/

/** The program of the server image that the sandbox has an implementation of its own for. */
export function isShareCheck(record: ContainerRecord, command: readonly string[]): boolean {
  return isServerImage(record.image) && PROGRAM.test(command[0] ?? '')
}

/** The child process that stands for `share-check` in a container of the server image, with the command's own words. */
export function shareCheckCommand(
  host: HostContext,
  record: ContainerRecord,
  command: readonly string[],
): readonly string[] {
  const {state} = host.store
  const onBridge = networkOf(state, record).driver === 'bridge'
  const {exportFolder: exportPath} = readImageSettings(readRequest(record.request).env)
  const settings: ShareCheckSettings = {
    portmapPort: state.portmapPort,
    sourceAddress: onBridge ? state.publicAddress : record.address,
    own: {address: record.address, exportPath},
  }
  const file = path.join(host.store.containerDirectory(record.id), 'share-check.json')
  writeFileSync(file, JSON.stringify(settings), {mode: 0o600})
  return [process.execPath, childEntry('share-check/main.js'), file, ...command.slice(1)]
}
