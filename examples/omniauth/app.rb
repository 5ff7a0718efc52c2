# A Ruby app whose people sign in through Vestibule. README.md lists the environment variables.
require 'json/jwt'
require 'net/http'
require 'omniauth_openid_connect'
require 'securerandom'
require 'sinatra/base'

ISSUER, CLIENT_ID, BASE_URL = ENV.values_at('ISSUER', 'CLIENT_ID', 'BASE_URL')
API = URI(ISSUER)
SESSIONS = {} # of one process; several processes share one store
LOCK = Mutex.new

class App < Sinatra::Base
  LOGOUT = 'http://schemas.openid.net/event/backchannel-logout'

  set :bind, URI(BASE_URL).host
  set :port, URI(BASE_URL).port
  set :host_authorization, { permitted_hosts: [] } # the proxy in front decides
  # The cookie holds the session's id and, during a sign-in, its state and nonce.
  use Rack::Session::Cookie, secret: ENV.fetch('SESSION_SECRET'), same_site: :lax, secure: BASE_URL.start_with?('https:')
  use OmniAuth::Builder do
    provider :openid_connect,
             name: :vestibule, issuer: ISSUER, scope: %i[openid profile email roles], response_type: :code,
             client_signing_alg: :RS256,
             client_options: {
               identifier: CLIENT_ID, secret: ENV.fetch('CLIENT_SECRET'), redirect_uri: "#{BASE_URL}/auth/vestibule/callback",
               scheme: API.scheme, host: API.host, port: API.port, authorization_endpoint: '/oauth/authorize',
               token_endpoint: '/oauth/token', userinfo_endpoint: '/oauth/userinfo', jwks_uri: "#{ISSUER}/.well-known/jwks.json"
             }
  end

  helpers do
    def user
      LOCK.synchronize { SESSIONS[session[:id]] }
    end

    def page(body)
      "<!doctype html><title>Ruby</title>#{body}"
    end

    # A form: OmniAuth begins a sign-in by POST alone, with the token of the session (CVE-2015-9284).
    def signed_out
      token = Rack::Protection::AuthenticityToken.token(session)
      page(%(<form method="post" action="/auth/vestibule"><input type="hidden" name="authenticity_token" value="#{token}"><button>Sign in</button></form>))
    end
  end

  # Answered from the app's own session, which ends when Vestibule calls /backchannel-logout.
  get '/' do
    next signed_out unless user

    page(%(Signed in as #{Rack::Utils.escape_html(user[:email])}. <a href="/roles">Roles</a> <a href="/logout">Sign out</a>))
  end

  # Asks Vestibule on each request: roles are those of this moment, and the end of access is seen at once.
  get '/roles' do
    halt 401, signed_out unless user
    answer = Net::HTTP.get_response(URI("#{ISSUER}/oauth/userinfo"), { 'Authorization' => "Bearer #{user[:access_token]}" })
    if answer.code == '401'
      LOCK.synchronize { SESSIONS.delete(session.delete(:id)) }
      halt 401, signed_out
    end
    halt 502 unless answer.code == '200'
    page("Roles: #{Rack::Utils.escape_html(JSON.parse(answer.body)['roles'].join(', '))}")
  end

  # The library has checked state, nonce and the ID token.
  get '/auth/vestibule/callback' do
    credentials = request.env['omniauth.auth'].credentials
    claims = JSON::JWT.decode(credentials.id_token, :skip_verification)
    session[:id] = SecureRandom.urlsafe_base64(32)
    kept = { sub: claims['sub'], sid: claims['sid'], email: claims['email'], access_token: credentials.token, id_token: credentials.id_token }
    LOCK.synchronize { SESSIONS[session[:id]] = kept }
    redirect to('/')
  end

  get '/auth/failure' do
    halt 400, page('The sign-in failed.')
  end

  get '/logout' do
    kept = LOCK.synchronize { SESSIONS.delete(session.delete(:id)) }
    query = { client_id: CLIENT_ID, post_logout_redirect_uri: "#{BASE_URL}/" }
    query[:id_token_hint] = kept[:id_token] if kept
    redirect "#{ISSUER}/oauth/logout?#{URI.encode_www_form(query)}"
  end

  post '/backchannel-logout' do
    claims = logout_token(params['logout_token'].to_s)
    # A token with a sid ends that session, one without ends every session of the person.
    name = claims.key?('sid') ? 'sid' : 'sub'
    LOCK.synchronize { SESSIONS.delete_if { |_, kept| kept[name.to_sym] == claims[name] } }
    204
  rescue JSON::JWT::Exception, ArgumentError => e
    content_type :json
    halt 400, { error: 'invalid_request', error_description: e.message }.to_json
  end

  def logout_token(text)
    keys = JSON::JWK::Set.new(JSON.parse(Net::HTTP.get(URI("#{ISSUER}/.well-known/jwks.json"))))
    token = JSON::JWT.decode(text, keys, [:RS256])
    now, leeway = Time.now.to_i, 120
    right = token.typ == 'logout+jwt' && token['iss'] == ISSUER && Array(token['aud']).include?(CLIENT_ID) &&
            token['exp'].to_i > now - leeway && token['iat'].to_i < now + leeway &&
            token['events'].is_a?(Hash) && token['events'].key?(LOGOUT) && !token.key?('nonce')
    raise ArgumentError, 'no logout token' unless right

    token
  end

  run! if app_file == $PROGRAM_NAME
end
