import { settings } from '../../../lib/auth.js'
import { ends } from '../../../lib/ends.js'
import { verify } from '../../../lib/tokens.js'

// An API for access tokens that are JWTs (RFC 9068). Checked here, without a request to Vestibule.
export async function GET(request) {
  const [, token] = /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '') ?? []
  if (!ends().fresh()) {
    return Response.json({ error: 'the stream of ends is not connected' }, { status: 503, headers: { 'retry-after': '5' } })
  }
  try {
    const claims = await verify(token ?? '', {
      audience: settings().BASE_URL, typ: 'at+jwt', clockTolerance: '1m', requiredClaims: ['exp', 'sub', 'epoch'],
    })
    if (claims.cnf) throw new Error('bound to a key (RFC 9449), and no proof is checked here')
    if (ends().ended(claims)) throw new Error('access has ended')
    return Response.json({ sub: claims.sub, roles: claims.roles })
  } catch {
    return Response.json(
      { error: 'invalid_token' }, { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } })
  }
}
