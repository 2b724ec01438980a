import type {Inspection} from '../inspection.js'
import {quoted} from '../problem.js'
import type {InspectedShare} from './check-shares.js'

/** Rules between shares of one server VCH: one volume, one server; one address, one server. */
export function checkTogether(inspection: Inspection, shares: readonly InspectedShare[]): void {
  const volumes = new Map<string, string>()
  for (const {key, merged, volume, where} of shares) {
    if (merged.vch === undefined || (merged.volume === undefined && inspection.has(where('volume')))) continue
    const id = JSON.stringify([merged.vch, volume])
    const first = volumes.get(id)
    if (first === undefined) volumes.set(id, key)
    else {
      const fix = 'A volume has one server: give its consumers directories of one share.'
      const message = `the volume ${inspection.has(where('volume')) ? inspection.shown(where('volume')) : quoted(key)} is served by the share ${quoted(first)} already`
      if (inspection.has(where('volume'))) inspection.report(where('volume'), message, fix)
      else inspection.reportKey(['shares', key], message, fix)
    }
  }
  checkAddresses(inspection, shares)
}

/** Without a network both are on the only one there is. */
function checkAddresses(inspection: Inspection, shares: readonly InspectedShare[]): void {
  const seen = new Map<string, {readonly key: string; readonly network: string | undefined}[]>()
  for (const {key, merged, where} of shares) {
    const {vch, ip, network} = merged
    if (vch === undefined || ip === undefined) continue
    const id = JSON.stringify([vch, ip])
    const others = seen.get(id) ?? []
    const twin = others.find((other) => [other.network, network].includes(undefined) || other.network === network)
    if (twin !== undefined) {
      const message = `the share ${quoted(twin.key)} has the address ${inspection.shown(where('ip'))} already`
      inspection.report(where('ip'), message, 'Give each server container an address of its own.')
    } else seen.set(id, [...others, {key, network}])
  }
}
