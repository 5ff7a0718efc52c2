// Verifies JWTs that Vestibule signed: access tokens and logout tokens.
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { settings } from './auth.js'

const keys = () => (globalThis.vestibuleKeys ??= createRemoteJWKSet(
  new URL(`${settings().ISSUER}/.well-known/jwks.json`), { cooldownDuration: 10_000 })) // an unknown key: asked for once in 10 s

export async function verify(token, rules) {
  const { payload } = await jwtVerify(token, keys(), { issuer: settings().ISSUER, algorithms: ['RS256'], ...rules })
  return payload
}
