import { endSessionsOf, settings } from '../../lib/auth.js'
import { verify } from '../../lib/tokens.js'

export async function POST(request) {
  try {
    const token = new URLSearchParams(await request.text()).get('logout_token') ?? ''
    const claims = await verify(token, {
      audience: settings().CLIENT_ID, typ: 'logout+jwt', maxTokenAge: '3m', clockTolerance: '2m',
    })
    if (!claims.events?.['http://schemas.openid.net/event/backchannel-logout'] || 'nonce' in claims) throw new Error('no logout token')
    endSessionsOf(claims)
    return new Response(null, { status: 204 })
  } catch (error) {
    return Response.json({ error: 'invalid_request', error_description: error.message }, { status: 400 })
  }
}
