import {appendFileSync} from 'node:fs'
import path from 'node:path'
import type {StateStore} from '../state/state-store.js'

export type PortLayerLog = (level: 'INFO' | 'ERROR' | 'FATAL', text: string) => void

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Appends to `port-layer.log` of the sandbox, the file that vicadmin shows on a VCH. */
export function openPortLayerLog(store: StateStore): PortLayerLog {
  const file = path.join(store.directory, 'port-layer.log')
  return (level, text) => {
    const [date = '', time = ''] = new Date().toISOString().split('T')
    const [year, month, day] = date.split('-')
    appendFileSync(file, `${MONTHS[Number(month) - 1]} ${day} ${year} ${time} ${level.padEnd(5)} ${text}\n`, {
      mode: 0o600,
    })
  }
}
