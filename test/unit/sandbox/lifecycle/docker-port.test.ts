import {randomInt} from 'node:crypto'
import {createServer} from 'node:net'
import {describe, expect, it} from '@jest/globals'
import {chooseDockerPort, keepDockerPort} from '../../../../src/sandbox/lifecycle/docker-port.js'

/** Another program on a port of an address, while `work` runs. */
async function whileTaken(address: string, port: number, work: () => Promise<void>): Promise<void> {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(port, address, resolve))
  await work()
  await new Promise((resolve) => other.close(resolve))
}

describe("the port of a VCH's Docker API", () => {
  const address = `127.${randomInt(130, 250)}.${randomInt(1, 250)}.2`

  it("is Docker's own where that is free, else any other", async () => {
    expect(await chooseDockerPort(address, 'tlsverify')).toBe(2376)
    expect(await chooseDockerPort(address, 'no-tlsverify')).toBe(2376)
    expect(await chooseDockerPort(address, 'no-tls')).toBe(2375)
    await whileTaken(address, 2376, async () => {
      const port = await chooseDockerPort(address, 'tlsverify')
      expect(port).not.toBe(2376)
      expect(port).toBeGreaterThan(1023)
    })
  })

  it('stays what it was while that is free', async () => {
    const before = {security: 'tlsverify', port: 41_999} as const
    expect(await keepDockerPort(address, before)).toBe(41_999)
    await whileTaken(address, 41_999, async () => expect(await keepDockerPort(address, before)).toBe(2376))
  })
})
