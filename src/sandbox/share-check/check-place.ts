import {decode} from 'node:querystring'
import type {StoreTarget} from '../endpoint-vm/store-session.js'

const DEFAULT_ID = 1000
const MAX_ID = 0xff_ff_ff_fe

function idOf(value: string | string[] | undefined, fallback: number): number | undefined {
  if (value === undefined) return fallback
  const text = typeof value === 'string' ? value : (value[0] ?? '')
  return /^\d{1,10}$/.test(text) && Number(text) <= MAX_ID ? Number(text) : undefined
}

/** Reads `nfs://host/path?uid=0&gid=0`, percent-encoded. @returns undefined for anything else */
export function checkPlace(url: string): StoreTarget | undefined {
  const [, host, path, query] = /^nfs:\/\/([\w.:[\]%-]+)(\/[^?#\s]*)?(?:\?([^#]*))?$/.exec(url) ?? []
  if (host === undefined) return undefined
  const ids = decode((query ?? '').replaceAll(';', '&'))
  const uid = idOf(ids['uid'], DEFAULT_ID)
  const gid = uid === undefined ? undefined : idOf(ids['gid'], uid)
  if (uid === undefined || gid === undefined) return undefined
  try {
    return {host: decodeURIComponent(host), path: decodeURIComponent(path ?? ''), uid, gid}
  } catch {
    return undefined
  }
}
