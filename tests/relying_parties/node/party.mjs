// A relying party on openid-client, for tests: `node party.mjs '{"port", "issuer", "clients": {id: {...}}}'`.
// Each client has its own paths below /<client_id>/; answers are JSON. It keeps sessions in memory.
import { createServer } from 'node:http'
import { randomUUID, webcrypto } from 'node:crypto'

globalThis.crypto ??= webcrypto
const oidc = await import('openid-client')
const { createRemoteJWKSet, importJWK, jwtVerify } = await import('jose')

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const { port, issuer, clients } = JSON.parse(process.argv[2])
const origin = `http://localhost:${port}`
const parties = new Map()
const asked = new Map()
const sessions = new Map()
let ahead = 0
const now = Date.now
Date.now = () => now() + ahead

async function authentication(client) {
  switch (client.method) {
    case 'client_secret_basic': return oidc.ClientSecretBasic(client.secret)
    case 'client_secret_post': return oidc.ClientSecretPost(client.secret)
    case 'private_key_jwt': return oidc.PrivateKeyJwt({ key: await importJWK(client.jwk, client.jwk.alg), kid: client.jwk.kid })
    default: return oidc.None()
  }
}

async function partyOf(id) {
  if (!parties.has(id)) {
    const metadata = { id_token_signed_response_alg: clients[id].alg }
    // Signatures are verified although the tokens come straight from the issuer: http lets anybody answer.
    const execute = [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks]
    parties.set(id, await oidc.discovery(new URL(issuer), id, metadata, await authentication(clients[id]), { execute }))
  }
  return parties.get(id)
}

const redirect = (location, cookie) => ({ status: 303, headers: { location, ...(cookie ? { 'set-cookie': cookie } : {}) } })
const json = (body, status = 200) => ({ status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

const steps = {
  async login({ id, party, query }) {
    const checks = {
      pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
      expectedState: oidc.randomState(),
      expectedNonce: oidc.randomNonce(),
    }
    const browser = randomUUID()
    asked.set(browser, checks)
    const url = oidc.buildAuthorizationUrl(party, {
      redirect_uri: `${origin}/${id}/back`,
      scope: 'openid profile email company offline_access',
      code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      ...Object.fromEntries(query),
    })
    return redirect(url.href, `asked_${id}=${browser}; Path=/${id}; HttpOnly`)
  },

  async back({ id, party, url, cookies }) {
    const checks = asked.get(cookies[`asked_${id}`])
    if (!checks) return json({ error: 'nothing_asked' }, 400)
    const tokens = await oidc.authorizationCodeGrant(party, url, { ...checks, idTokenExpected: true })
    asked.delete(cookies[`asked_${id}`])
    const session = randomUUID()
    sessions.set(session, { id, tokens, claims: tokens.claims() })
    return redirect(`${origin}/${id}/`, `session_${id}=${session}; Path=/${id}; HttpOnly`)
  },

  async ''({ session }) {
    return session ? json({ claims: session.claims, scope: session.tokens.scope }) : json({ error: 'signed_out' }, 401)
  },

  async userinfo({ party, session }) {
    return json(await oidc.fetchUserInfo(party, session.tokens.access_token, session.claims.sub))
  },

  async refresh({ party, session, query }) {
    const before = query.get('token') ?? session.tokens.refresh_token
    const tokens = await oidc.refreshTokenGrant(party, before)
    session.tokens = tokens
    session.claims = tokens.claims() ?? session.claims
    return json({ kid: headerOf(tokens.id_token).kid, before, after: tokens.refresh_token })
  },

  async introspect({ party, session }) {
    return json(await oidc.tokenIntrospection(party, session.tokens.access_token))
  },

  async revoke({ party, session }) {
    await oidc.tokenRevocation(party, session.tokens.refresh_token)
    return json({})
  },

  async logout({ id, party, session, cookies }) {
    sessions.delete(cookies[`session_${id}`])
    return redirect(oidc.buildEndSessionUrl(party, {
      id_token_hint: session.tokens.id_token,
      post_logout_redirect_uri: `${origin}/${id}/bye`,
      state: 'from-node',
    }).href)
  },

  async bye({ query }) {
    return json({ bye: query.get('state') })
  },

  async backchannel({ id, party, body }) {
    const keys = createRemoteJWKSet(new URL(party.serverMetadata().jwks_uri))
    const { payload, protectedHeader } = await jwtVerify(new URLSearchParams(body).get('logout_token'), keys, {
      issuer, audience: id, typ: 'logout+jwt', requiredClaims: ['iat', 'exp', 'jti', 'events', 'sid'], maxTokenAge: '5m',
    })
    if (!(LOGOUT_EVENT in payload.events) || 'nonce' in payload) return json({ error: 'no_logout_token' }, 400)
    for (const [key, one] of sessions) if (one.id === id && one.claims.sid === payload.sid) sessions.delete(key)
    console.log(JSON.stringify({ logged_out: payload.sub, alg: protectedHeader.alg }))
    return json({})
  },

  async keys({ party }) {
    return json({ known: oidc.getJwksCache(party)?.jwks.keys.map((key) => key.kid) ?? [] })
  },

  // Puts its clock ahead. openid-client reads the keys again where they are a minute old, and a token names
  // one that it does not know. A clock that is put right again has read nothing.
  async clock({ query }) {
    ahead = 1000 * Number(query.get('seconds'))
    if (!ahead) parties.clear()
    return json({})
  },
}

function headerOf(token) {
  return JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString())
}

function cookiesOf(request) {
  const pairs = (request.headers.cookie ?? '').split('; ').map((pair) => pair.split('='))
  return Object.fromEntries(pairs)
}

async function answer(request) {
  const url = new URL(request.url, origin)
  const [, id, step = ''] = url.pathname.split('/')
  if (!(id in clients) || !(step in steps)) return json({ error: 'not_found' }, 404)
  let body = ''
  for await (const chunk of request) body += chunk
  const cookies = cookiesOf(request)
  const found = sessions.get(cookies[`session_${id}`])
  const session = found?.id === id ? found : undefined
  if (['userinfo', 'refresh', 'introspect', 'revoke', 'logout'].includes(step) && !session) return json({ error: 'signed_out' }, 401)
  return await steps[step]({ id, party: await partyOf(id), url, query: url.searchParams, cookies, session, body })
}

createServer(async (request, response) => {
  let told
  try {
    told = await answer(request)
  } catch (error) {
    // What the library refused, and why: its own words.
    told = json({ error: error.error ?? error.code ?? error.name, message: error.message, cause: error.cause?.message, status: error.status }, 502)
  }
  response.writeHead(told.status, told.headers).end(told.body)
}).listen(port, '127.0.0.1', () => console.log('listening'))
